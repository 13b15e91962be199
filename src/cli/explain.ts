/** `hubgate explain`: what becomes of one request, stage by stage, and the bytes that the hub would get. */
import { visibleText } from '../http/visible-text.ts';
import { exitCodes } from './exit-codes.ts';
import { placesWith } from './explain/facts/told.ts';
import { travel } from './explain/journey.ts';
import { type OpenedGate, openGate } from './explain/open-gate.ts';
import { type Report, refusedByWire, reportOf, reportText } from './explain/report.ts';
import { type RequestOptions, readRequest } from './explain/request-source.ts';
import type { ProcessIo } from './process-io.ts';
import { parseTime, timeExpected } from './readable-time.ts';
import { jsonText, sayUsage } from './said.ts';

/** What the command line says. */
export interface ExplainOptions extends RequestOptions {
  readonly config: string;
  readonly lf: boolean;
  readonly json: boolean;
  readonly showSecrets: boolean;
  readonly now?: string | undefined;
}

type Outcome = Report | { readonly misuse: string };

async function explain(options: ExplainOptions, now: number, gate: OpenedGate, io: ProcessIo): Promise<Outcome> {
  const { config, inForce, whereIs } = gate;
  const read = await readRequest(options, config, inForce.policy, io);
  if ('misuse' in read) return read;
  if ('reason' in read) return refusedByWire(read);
  const journey = await travel(read.inbound, inForce, now, read.body);
  const told = { journey, config, now, keys: gate.keys(), placeOf: placesWith(whereIs) };
  return reportOf(told, read.framing, options.showSecrets);
}

/** Every line is fit for a terminal, whatever the request says. */
function printed(report: Report): string {
  return reportText(report)
    .split('\n')
    .map(line => visibleText(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

/** Ends fine where the request is forwarded, and failed where it is refused. */
export async function runExplain(options: ExplainOptions, io: ProcessIo): Promise<number> {
  const now = options.now === undefined ? Date.now() : parseTime(options.now);
  if (now === null) return sayUsage(io, `--now: ${timeExpected}`);
  const gate = await openGate(options.config, io);
  if (gate === null) return exitCodes.badConfig;
  try {
    const outcome = await explain(options, now, gate, io);
    if ('misuse' in outcome) return sayUsage(io, outcome.misuse);
    io.stdout.write(options.json ? `${jsonText(outcome)}\n` : printed(outcome));
    return outcome.outcome === 'refused' ? exitCodes.failed : exitCodes.fine;
  } finally {
    await gate.close();
  }
}
