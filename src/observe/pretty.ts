/** JSON log lines as one-liners for a person at a terminal. */

type Members = Readonly<Record<string, unknown>>;

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function pairs(members: Members, leftOut: ReadonlySet<string>): string {
  return Object.entries(members)
    .filter(([name]) => !leftOut.has(name))
    .map(([name, value]) => ` ${name}=${textOf(value)}`)
    .join('');
}

/** `2026-11-01T10:00:00.000Z` as `10:00:00`. */
function clockOf(time: unknown): string {
  return textOf(time).slice(11, 19);
}

const saidByEvent: ReadonlySet<string> = new Set(['time', 'level', 'msg']);
const saidByAudit: ReadonlySet<string> = new Set([
  ...[
    'time',
    'level',
    'log',
    'requestId',
    'door',
    'peer',
    'method',
    'class',
    'decision',
    'reason',
    'status',
    'durationMs',
  ],
  ...['bytesIn', 'bytesOut'],
]);

function eventLine(members: Members): string {
  const { time, level, msg } = members as { time?: unknown; level?: unknown; msg?: unknown };
  return `${clockOf(time)} ${textOf(level).padEnd(5)} ${textOf(msg ?? '')}${pairs(members, saidByEvent)}`;
}

function auditLine(members: Members): string {
  const said = new Map(Object.entries(members));
  const reason = said.has('reason') ? ` ${textOf(said.get('reason'))}` : '';
  const outcome = `${textOf(said.get('decision'))}${reason}`;
  const where = `${textOf(said.get('method') ?? '-')} ${textOf(said.get('class') ?? '-')}`;
  const size = `${textOf(said.get('bytesIn'))} B in, ${textOf(said.get('bytesOut'))} B out`;
  const took = `${textOf(said.get('durationMs'))} ms, ${size}`;
  return `${clockOf(said.get('time'))} ${textOf(said.get('status'))} ${where} ${outcome} (${took})${pairs(members, saidByAudit)}`;
}

/** Rewrites one line of ours; both have their newline. */
export function prettyLine(line: string): string {
  const members: Members = JSON.parse(line);
  return `${members['log'] === 'audit' ? auditLine(members) : eventLine(members)}\n`;
}
