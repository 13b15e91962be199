/** The head for the hub as it may be shown: printable, and without the values that are secret. */
import { type FieldLine, isToken } from '../../http/field.ts';
import { decodeFully } from '../../http/percent.ts';

/** What is never shown unasked, by the name of its field, parameter or cookie. */
const secretName = /authorization|cookie|token|secret|password|passwd|api-?key|credential|assertion|session|xsrf|csrf/i;
const secretParameter = /token|secret|password|code|state|assertion|signature|jwt|ticket|key|xsrf/i;

/** A token wherever it stands, as it is and in base64url (as subprotocols carry it), and what jupyter-server reads one out of. */
const jwt = /\beyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|\bZXlK[A-Za-z0-9_-]{8,}/g;
const tokenProtocol = /(v1\.token\.websocket\.jupyter\.org\.)[^,\s]+/g;

/** A member of a mount as the gate writes it, in either of its spellings. */
const mountMember = /(?<=^\{|, ?)((['"])([A-Z][A-Z0-9_]*)\2: ?)\2((?:\\.|(?!\2)[^\\])*)\2(?=, ?['"]|\}$)/gs;

/** Members that say where, and not how to get in. */
const shownMembers: ReadonlySet<string> = new Set(['HOST', 'USERNAME', 'PATH']);

function mask(secret: string): string {
  return `<${secret.length} bytes masked>`;
}

/** `\r` and everything else that a terminal would not show, one byte each. */
function printable(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function maskedCookies(value: string): string {
  return value
    .split('; ')
    .map(crumb => {
      const at = crumb.indexOf('=');
      return at === -1 ? mask(crumb) : `${crumb.slice(0, at + 1)}${mask(crumb.slice(at + 1))}`;
    })
    .join('; ');
}

function maskedMount(value: string): string {
  if (!/^\{[, ]*\}$/.test(value.replace(mountMember, ''))) return mask(value);
  return value.replace(mountMember, (whole, before: string, quote: string, key: string, secret: string) =>
    shownMembers.has(key) ? whole : `${before}${quote}${mask(secret)}${quote}`,
  );
}

function maskedScheme(value: string): string {
  const at = value.indexOf(' ');
  return at === -1 ? mask(value) : `${value.slice(0, at + 1)}${mask(value.slice(at + 1))}`;
}

function maskedAnywhere(text: string): string {
  return text
    .replace(jwt, mask)
    .replace(tokenProtocol, (whole, before: string) => before + mask(whole.slice(before.length)));
}

function maskedValue(name: string, value: string, { mount, values }: SecretFields): string {
  const lower = name.toLowerCase();
  if (lower === mount?.toLowerCase()) return maskedMount(value);
  if (values.some(header => header.toLowerCase() === lower)) return mask(value);
  if (lower === 'cookie') return maskedCookies(value);
  if (lower === 'authorization') return maskedScheme(value);
  if (lower === 'referer') return maskedQuery(value);
  return secretName.test(name) ? mask(value) : maskedAnywhere(value);
}

/** As a server reads its name: escapes are undone. */
function maskedParameter(parameter: string): string {
  const equals = parameter.indexOf('=');
  const isSecret = equals !== -1 && secretParameter.test(decodeFully(parameter.slice(0, equals)).text);
  return isSecret ? `${parameter.slice(0, equals + 1)}${mask(parameter.slice(equals + 1))}` : parameter;
}

/** A target or a URL whose query and fragment keep their names. */
function maskedQuery(target: string): string {
  const at = target.search(/[?#]/);
  if (at === -1) return maskedAnywhere(target);
  const shown = target
    .slice(at + 1)
    .split(/([&#;?])/)
    .map(maskedParameter);
  return maskedAnywhere(target.slice(0, at + 1) + shown.join(''));
}

function maskedLine(line: string, fields: SecretFields): string {
  const [name, value]: FieldLine = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)];
  return isToken(name) ? `${name}: ${maskedValue(name, value, fields)}` : line;
}

function maskedRequestLine(line: string): string {
  const [method = '', target = '', version = ''] = line.split(' ');
  return `${method} ${maskedQuery(target)} ${version}`;
}

/** What of a head is secret beyond what its names tell. */
export interface SecretFields {
  /** The mount's header; null where none is written. */
  readonly mount: string | null;
  /** Names that are secrets themselves, and how they are said. */
  readonly names: ReadonlyMap<string, string>;
  /** Headers of which only the length is shown. */
  readonly values: readonly string[];
}

/** One printable text a line, each with the `\r\n` that ends it. */
export function shownHead(head: string, secret: SecretFields, showSecrets: boolean): string[] {
  const [first = '', ...lines] = head.split('\r\n').slice(0, -1);
  const named = (line: string): string => {
    const at = line.indexOf(':');
    const said = secret.names.get(line.slice(0, at));
    return said === undefined ? line : `<${said}>${line.slice(at)}`;
  };
  const shown = showSecrets
    ? [first, ...lines]
    : [maskedRequestLine(first), ...lines.map(line => named(maskedLine(line, secret)))];
  return shown.map(line => `${printable(line)}\\r\\n`);
}
