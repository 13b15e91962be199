/** The requests of the loads: what a browser behind an ingress sends a notebook server, with identity fields that it must not send. */

/** Field lines in wire order. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

/** What browsers call the hub. */
export const publicHost = 'hub.bench.test';

/** Every path of the loads lies below this one. */
export const pathPrefix = '/user/bench';

/** The path of small answers. */
export const pagePath = `${pathPrefix}/api/contents/notebooks/analysis.ipynb?type=notebook&content=1`;

/** The user whom the spoofed fields name. */
const spoofedUser = 'mallory';

const browserLines: FieldLines = [
  ['Host', publicHost],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  ],
  ['Accept', 'application/json, text/javascript, */*; q=0.01'],
  ['Accept-Language', 'en-GB,en;q=0.9,de;q=0.8'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Referer', `http://${publicHost}${pathPrefix}/lab/tree/notebooks/analysis.ipynb`],
  [
    'Cookie',
    '_xsrf=2|5f1c0a3e|c2a4b1f0d9e8c7b6a5948372615f4e3d|1790000000; jupyterhub-session-id=6f1e0c5b7a894d3c2b1a09f8e7d6c5b4; theme=dark',
  ],
  ['X-XSRFToken', '2|5f1c0a3e|c2a4b1f0d9e8c7b6a5948372615f4e3d|1790000000'],
];
const ingressLines: FieldLines = [
  ['X-Forwarded-For', '198.51.100.23'],
  ['X-Forwarded-Proto', 'https'],
];
const spoofedLines: FieldLines = [
  ['Remote-User', spoofedUser],
  ['Remote_User', spoofedUser],
  ['Mount', '{"/home":"/export/home/mallory"}'],
];

/** The 14 field lines of a request with that token; 13 without one. */
export function fieldLines(token: string | null): FieldLines {
  const credential: FieldLines = token === null ? [] : [['Authorization', `Bearer ${token}`]];
  return [...browserLines, ...credential, ...ingressLines, ...spoofedLines];
}

/** A head as it goes over the wire. */
export function headText(path: string, lines: FieldLines, method = 'GET'): string {
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${path} HTTP/1.1\r\n${fields}\r\n`;
}

/** The GET of a small answer with that token. */
export function pageRequest(token: string | null): string {
  return headText(pagePath, fieldLines(token));
}
