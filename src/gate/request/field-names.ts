/** What a policy makes of a field's name: worked out once for each spelling, because the same few come with every request. */
import { derived } from '../../http/derived.ts';
import { foldName, isToken } from '../../http/field.ts';
import { isHopByHop } from '../../http/hop-by-hop.ts';
import { remembering } from '../../http/recent-texts.ts';
import type { Policy } from '../policy.ts';
import { type FieldName, type ReadName, readNames } from './head-shapes.ts';

const readable: ReadonlyMap<string, ReadName> = new Map(readNames.map(name => [name, name]));

/** Fields that the gate reads itself, or writes itself, and therefore never copies. */
const handled: ReadonlySet<string> = new Set([
  'host',
  'cookie',
  'authorization',
  'dpop',
  'content-length',
  'transfer-encoding',
  'expect',
]);

/** Whether Connection must not list it: taking it out would change who the user is, or where the body ends. */
export function mustReachTheGate({ lower, reserved, offersProtocols }: FieldName): boolean {
  return reserved || offersProtocols || (handled.has(lower) && lower !== 'expect');
}

function endsHere(lowerName: string): boolean {
  return handled.has(lowerName) || isHopByHop(lowerName);
}

const protocolField = 'sec-websocket-protocol';

/** Another spelling of the field could bring a token to a CGI-like server, for nobody looks into it. */
function hidesProtocols(lower: string, plain: string, { tokenProtocols }: Policy): boolean {
  return tokenProtocols.length > 0 && plain === protocolField && lower !== protocolField;
}

/** Two spellings of a secret are one, or the log would have it in the other. */
function saidOf(folded: string, plain: string, { injections }: Policy): string {
  const secret = injections.find(
    ({ header, said }) => said !== undefined && [folded, plain].includes(foldName(header)),
  );
  return secret?.said ?? folded;
}

function read(name: string, policy: Policy): FieldName {
  const { reserved, hubFields, tokenProtocols } = policy;
  const lower = name.toLowerCase();
  const folded = foldName(name);
  const plain = folded.replace(/^http-/, '');
  const goesOn = !endsHere(lower) && !reserved.has(folded) && !hidesProtocols(lower, plain, policy);
  return {
    lower,
    folded,
    said: saidOf(folded, plain, policy),
    isToken: isToken(name),
    reads: readable.get(lower) ?? null,
    reserved: reserved.has(folded),
    expected: reserved.expected(lower, false),
    expectedAtSignIn: reserved.expected(lower, true),
    asserted: reserved.asserted(lower),
    offersProtocols: tokenProtocols.length > 0 && lower === protocolField,
    // An odd spelling of a name on the list (`user_agent`) is another field, and the list is closed.
    toHub: goesOn && hubFields.has(lower),
    // `content_length` and `HTTP_AUTHORIZATION` are the real ones to a CGI-like server behind the hub.
    toUsers: goesOn && !endsHere(plain),
  };
}

const bounds = { entries: 2048, characters: 64 * 1024 };

/** Reads a name in the spelling in which it came. */
export const fieldNames: (policy: Policy) => (name: string) => FieldName = derived((policy: Policy) =>
  remembering(name => read(name, policy), bounds),
);
