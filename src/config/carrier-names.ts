/** Where a config may say that tokens stand: fields, schemes, cookies and subprotocols that carry nothing else. */
import { foldName, isToken } from '../http/field.ts';
import { assertedFault } from './header-names.ts';
import { type Shape, text } from './shape.ts';

/** What the gate looks at to find out whose page asks; a field that is a carrier can not be looked at any more. */
const ABOUT_THE_PAGE = /^(?:sec-.*|origin|referer)$/;

function headerFault(name: string): string | null {
  if (name.toLowerCase() === 'authorization') return null;
  return ABOUT_THE_PAGE.test(foldName(name)) ? 'is a field about the page that asks' : assertedFault(name);
}

/** Authorization, or a field that holds a token and nothing else. */
export function carrierHeader(): Shape<string> {
  return text('Authorization, or the name of a header that only the proxy writes', headerFault);
}

function schemeFault(scheme: string): string | null {
  if (!isToken(scheme)) return 'is no authentication scheme';
  return scheme.toLowerCase() === 'dpop' ? 'is for bound tokens, which Bearer takes in as well' : null;
}

/** RFC 9110 §11.1. */
export function tokenScheme(): Shape<string> {
  return text('an authentication scheme such as Bearer', schemeFault);
}

/** The hub's and the gate's own, behind whatever binds a cookie to its host. */
const OTHERS_COOKIES = /^(?:__(?:host-http|host|http|secure)-)?(?:jupyterhub-|service-|hubgate-|_xsrf$)/i;

/** A cookie that holds a token and nothing else. */
export function carrierCookie(): Shape<string> {
  return text('the name of a cookie of its own', name => {
    if (!isToken(name)) return 'has a character that no cookie name has';
    return OTHERS_COOKIES.test(name) ? "is a cookie of the hub's or the gate's" : null;
  });
}

/** Subprotocols that Jupyter's pages and servers speak. */
const JUPYTER_PROTOCOLS = ['v1.kernel.websocket.jupyter.org', 'v1.token.websocket.jupyter.org'];

/** The subprotocol's name up to the dot before the token, as Kubernetes has it. */
export function protocolPrefix(): Shape<string> {
  return text('a prefix such as base64url.bearer.authorization.k8s.io', prefix => {
    if (!isToken(prefix)) return 'has a character that no subprotocol has';
    if (prefix.endsWith('.')) return 'ends with the dot before the token';
    return JUPYTER_PROTOCOLS.some(protocol => `${protocol}.`.startsWith(`${prefix}.`))
      ? "is the beginning of a subprotocol of Jupyter's"
      : null;
  });
}
