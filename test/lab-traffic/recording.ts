/** The recording as it lies in the repository: field lines once each, and requests that name them by their place. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request as the browser sent it to the sign-in proxy; secrets are placeholders of the same shape. */
export type RecordedRequest = {
  /** Who sat before the browser: what the sign-in proxy would assert. */
  readonly user: string;
  /** Request line and field lines, latin1, in wire order. */
  readonly head: readonly string[];
  readonly bodyBytes: number;
};

type Row = [user: string, requestLine: string, fields: number[], bodyBytes: number];

const folder = join(import.meta.dirname, 'recording');
/** One field line a line; the most frequent first. */
const fieldsFile = join(folder, 'field-lines.txt');
/** One request a line: `[user, request line, [line numbers in field-lines.txt, from 0], body bytes]`. */
const requestsFile = join(folder, 'requests.jsonl');

function linesOf(file: string): string[] {
  return readFileSync(file, 'latin1').trimEnd().split('\n');
}

/** Reads it whole. */
export function readRecording(): RecordedRequest[] {
  const fieldLines = linesOf(fieldsFile);
  return linesOf(requestsFile).map(line => {
    const [user, requestLine, fields, bodyBytes] = JSON.parse(line) as Row;
    return { user, head: [requestLine, ...fields.map(at => fieldLines[at] ?? '')], bodyBytes };
  });
}

/** The text of both files, which must hold nothing of the machine that recorded. */
export function recordingText(): string {
  return readFileSync(fieldsFile, 'latin1') + readFileSync(requestsFile, 'latin1');
}

/** Writes it whole. */
export function writeRecording(requests: readonly RecordedRequest[]): void {
  const counts = new Map<string, number>();
  for (const line of requests.flatMap(({ head }) => head.slice(1))) counts.set(line, (counts.get(line) ?? 0) + 1);
  const fieldLines = [...counts.keys()].sort((one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0));
  const places = new Map(fieldLines.map((line, at) => [line, at]));
  const rows = requests.map(({ user, head: [requestLine = '', ...fields], bodyBytes }): Row => {
    return [user, requestLine, fields.map(line => places.get(line) ?? 0), bodyBytes];
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(fieldsFile, `${fieldLines.join('\n')}\n`, 'latin1');
  writeFileSync(requestsFile, `${rows.map(row => JSON.stringify(row)).join('\n')}\n`, 'latin1');
}
