/** Field names: however a reserved one is spelled, the identity-bearing part of what goes on is the gate's own. */
import fc from 'fast-check';
import { foldName } from '../../../src/http/field.ts';
import { fillIn } from '../../contract/tokens.ts';
import { forwarded, inboundRequest } from '../../contract/world.ts';
import { otherNames, payloads, reservedNames } from '../../property/client-words.ts';
import { identityPart, rightPart } from '../../property/identity-part.ts';
import { interference } from '../../property/interference.ts';
import { situations } from '../../property/situations.ts';
import { chosen, demand, demandSame, type FuzzTarget } from '../target.ts';

/** What ends at this hop or is the gate's to write, whoever names it and in which case. */
const hopNames =
  /^(?:connection|keep-alive|te|trailer|upgrade|proxy-(?:authenticate|authentication-info|authorization|connection)|transfer.encoding|content.length|expect|http2-settings)$/i;
const requestLine = /^[A-Z]+ \/[\x21-\x7e]* HTTP\/1\.[01]$/;

/** An input is the number of a situation and the client's lines, which the proof's own lines follow. */
function textOf(situation: number, lines: readonly string[]): string {
  return [String(situation), ...lines].join('\n');
}

function isProofs(line: string, ofTheProof: readonly string[]): boolean {
  const name = line.slice(0, line.indexOf(':')).toLowerCase();
  return name === 'authorization' || name === 'x-forwarded-for' || ofTheProof.includes(name);
}

function demandFolded(name: string): void {
  const folded = foldName(name);
  demand(
    /^[a-z0-9-]*$/.test(folded) && folded.length === name.length,
    'a name folds to letters, digits and hyphens',
    folded,
  );
  demandSame(foldName(folded), folded, 'folding twice changes nothing');
  const asCgi = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '_').toUpperCase();
  demandSame(asCgi(folded), asCgi(name), 'a CGI reads the folded name as it reads the name');
}

function optionsOf(lines: readonly string[]): string[] {
  return lines
    .filter(line => /^connection:/i.test(line))
    .flatMap(line => line.slice('connection:'.length).split(','))
    .map(option => option.trim().toLowerCase());
}

/** Field names and what is made of them. */
export const fieldNames: FuzzTarget = {
  name: 'field-names',
  grammar: fc.oneof(
    interference.map(({ situation, bent }) => textOf(situations.indexOf(situation), bent)),
    fc
      .tuple(
        fc.nat(situations.length - 1),
        fc.array(fc.constantFrom(...reservedNames, ...otherNames), { maxLength: 6 }),
      )
      .map(([at, names]) => textOf(at, ['GET /user/alice/x HTTP/1.1', ...names.map(name => `${name}: x`)])),
  ),
  words: [...reservedNames, ...otherNames, ...payloads, 'HTTP_', 'Http-', 'Connection: ', '\nX-Any: '],
  mostBytes: 4096,
  mostMs: 50,
  check(input) {
    const [number = '', start = '', ...lines] = input.split('\n');
    const situation = chosen(situations, number);
    for (const line of lines) demandFolded(line.slice(0, line.indexOf(':')));
    if (!requestLine.test(start)) return;
    const clients = lines.filter(line => !isProofs(line, situation.ofTheProof));
    const client = situation.peer === '127.0.0.2' ? [] : ['X-Forwarded-For: 203.0.113.9'];
    const head = [start, ...clients, ...situation.proof, ...client];
    const outbound = forwarded(inboundRequest(head, situation.peer), situation.config);
    if (outbound === null) return;
    const written = outbound.fields.map(([name, value]) => `${name}: ${value}`);
    const path = outbound.target.replace(/\?.*$/, '');
    const right = rightPart(situation, outbound.method, path);
    const wanted = { fields: right.fields.map(fillIn), cookies: right.cookies };
    demandSame(identityPart(written, situation), wanted, "the identity-bearing part is the gate's own");
    demand(!outbound.fields.some(([name]) => hopNames.test(name)), 'nothing of the hop goes on', written);
    const options = optionsOf(clients);
    const listed = outbound.fields.filter(([name]) => options.includes(name.toLowerCase()) && name !== 'Cookie');
    demandSame(listed, [], 'nothing that Connection lists goes on');
  },
};
