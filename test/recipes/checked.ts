/** Has `hubgate check` look at a recipe, with the files that it names there. */
import { runCheck } from '../../src/cli/check.ts';
import { hear, makeDesk, type Said } from '../cli/run-command.ts';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import type { Teardown } from '../gates/lab.ts';

/** What it says of the recipe's YAML, called proxy.yaml. */
export function checked(t: Teardown, yaml: string): Promise<Said> {
  const desk = makeDesk(t);
  const authority = makeAuthority();
  const { cert, key } = makeCertificate({ issuer: authority });
  const files = { sso: 's'.repeat(32), 'session-key': 'k'.repeat(64), 'gate.crt': cert, 'gate.key': key };
  for (const [name, content] of Object.entries({ ...files, 'internal-ca.crt': authority.cert }))
    desk.write(name, content);
  const file = desk.write('proxy.yaml', yaml.replaceAll('/run/secrets/', ''));
  return hear(desk.folder, io => runCheck(file, io));
}
