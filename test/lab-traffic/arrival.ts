/** What must arrive at the hub of a recorded request, worked out from the rules and not by the gate's own code; and what the gate took away. */
import type { FieldLine } from '../../src/http/field.ts';
import type { RecordedRequest } from './recording.ts';

/** What arrived: fields in wire order, without what the transport adds. */
export type Arrival = {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly FieldLine[];
};

/** Who reads a path: the hub itself, or a server or service, where the browser's fields are theirs. */
type Reader = 'hub' | 'user' | 'services';

/** What the gate writes about where a request comes from. */
const forwarding: readonly string[] = [
  'X-Forwarded-For: 127.0.0.1',
  'X-Real-IP: 127.0.0.1',
  'Forwarded: for=127.0.0.1;proto=https;host=hub.example',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: hub.example',
  'X-Forwarded-Port: 443',
  'X-Scheme: https',
];

/** Ended at this hop, or written anew by it, wherever a request goes. */
const ofThisHop: ReadonlySet<string> = new Set(['connection', 'upgrade', 'content-length']);
/** Fields that have rules of their own. */
const ruled: ReadonlySet<string> = new Set(['host', 'cookie', 'authorization']);

function split(line: string): FieldLine {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function named(fields: readonly FieldLine[], lowerName: string): string[] {
  return fields.filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value);
}

function crumbs(fields: readonly FieldLine[]): string[] {
  return named(fields, 'cookie').flatMap(value => value.split('; '));
}

/** The reader of a recorded target. */
export function readerOf(target: string): Reader {
  const [, first] = target.split(/[/?]/, 3);
  return first === 'user' || first === 'services' ? first : 'hub';
}

/** `hub`, or whose server or service it is, as the target spells it. */
function whereOf(target: string): string {
  return readerOf(target) === 'hub' ? 'hub' : target.split(/[/?]/, 3).slice(1).join('/');
}

/** Takes apart what came and what was sent, and keeps account over a whole recording. */
export class Account {
  /** What is wrong; empty when every request arrived as it should. */
  readonly faults: string[] = [];
  /** `hub: priority`, `user/bob: cookie _xsrf`: what did not arrive. */
  readonly taken: Set<string> = new Set();

  /** Compares one request with what arrived of it. */
  add({ user, head: [requestLine = '', ...lines] }: RecordedRequest, arrival: Arrival): void {
    const [method = '', target = ''] = requestLine.split(' ');
    const sent = lines.map(split).filter(([name]) => !ofThisHop.has(name.toLowerCase()));
    const reader = readerOf(target);
    const report = (what: string, found: unknown, wanted: unknown): void => {
      const [shownFound, shownWanted] = [JSON.stringify(found), JSON.stringify(wanted)];
      if (shownFound !== shownWanted) this.faults.push(`${requestLine}: ${what} is ${shownFound}, not ${shownWanted}`);
    };
    const { fields } = arrival;
    report('the request', [arrival.method, arrival.target], [method, target]);
    report('Host', named(fields, 'host'), named(sent, 'host'));
    report('Authorization', named(fields, 'authorization'), this.#authorization(reader, sent));
    report('the cookies', crumbs(fields), this.#arriving(`${whereOf(target)}: cookie`, crumbs(sent), crumbs(fields)));
    report('the end', ownFields(fields), ownWanted(target, user));
    const browsers = browserFields(fields);
    const wanted = browserFields(sent);
    report('fields', browsers, reader === 'hub' ? this.#arriving('hub:', wanted, browsers) : wanted);
  }

  /** A page's own token is for the server; the hub is told by cookies alone. */
  #authorization(reader: Reader, sent: readonly FieldLine[]): string[] {
    const values = named(sent, 'authorization');
    if (reader !== 'hub') return values;
    if (values.length > 0) this.taken.add('hub: authorization');
    return [];
  }

  /** What was sent without what did not arrive, which is noted by its name. */
  #arriving(where: string, sent: readonly string[], arrived: readonly string[]): string[] {
    for (const each of sent.filter(each => !arrived.includes(each))) {
      this.taken.add(`${where} ${each.split(/[:=]/, 1)[0]?.toLowerCase()}`);
    }
    return sent.filter(each => arrived.includes(each));
  }
}

function text([name, value]: FieldLine): string {
  return `${name}: ${value}`;
}

const written: ReadonlySet<string> = new Set([
  ...forwarding.map(line => line.slice(0, line.indexOf(':')).toLowerCase()),
  'remote-user',
]);

/** Lines that the browser spoke and nobody else. */
function browserFields(fields: readonly FieldLine[]): string[] {
  return fields.filter(([name]) => !ruled.has(name.toLowerCase()) && !written.has(name.toLowerCase())).map(text);
}

function ownFields(fields: readonly FieldLine[]): string[] {
  return fields.filter(([name]) => written.has(name.toLowerCase())).map(text);
}

/** The user is named on the one path where the authenticator reads it. */
function ownWanted(target: string, user: string): string[] {
  return [...forwarding, ...(target.split('?')[0] === '/hub/login' ? [`Remote-User: ${user}`] : [])];
}
