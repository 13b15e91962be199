/** `node scripts/record-lab-traffic.ts [--pictures FOLDER]`: records anew what browsers send to a hub with JupyterLab, for test/lab-traffic. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { withoutSecrets } from '../test/lab-traffic/recorder/placeholders.ts';
import { type Day, recordDay } from '../test/lab-traffic/recorder/record.ts';
import type { SeenRequest } from '../test/lab-traffic/recorder/sign-in-proxy.ts';
import { writeRecording } from '../test/lab-traffic/recording.ts';
import { setUp } from './setup.ts';

const { values } = parseArgs({ options: { pictures: { type: 'string' } } });
const { pictures } = values;
if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
await setUp();

const began = performance.now();
const onStep = (name: string): void => {
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${name}\n`);
};
const seen: SeenRequest[] = [];
const onRequest = (request: SeenRequest): void => void seen.push(request);
const days: Day[] = [];
for (const hostCookies of [false, true]) days.push(await recordDay({ hostCookies, pictures, onStep, onRequest }));

writeRecording(withoutSecrets(seen));
const refusals = days.flatMap(day => day.refusals);
const complaints = days.flatMap(day => day.complaints);
process.stdout.write(`${seen.length} requests, ${refusals.length} refusals\n${refusals.join('\n')}\n`);
process.stdout.write(`${complaints.length} errors in consoles\n${complaints.join('\n')}\n`);
process.exitCode = refusals.length === 0 ? 0 : 1;
