/** Fields of all that the gate says itself, pages, redirects and refusals alike. */
import type { FieldLine } from '../http/field.ts';

/**
 * Users' code runs on the same origin. A page of it that opened the window has no hold of it any more once the gate answers there, a
 * redirect included, and so can not read an address with a code in it (HTML Standard §7.1.3).
 */
export const ownFields: readonly FieldLine[] = [
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];
