/** Certificates and keys that a config names: what is wrong with them is said at their keys, before anything is opened. */

import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { machineClock } from '../../src/clock.ts';
import { type GenerationOpening, openGeneration } from '../../src/reload/generation.ts';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import { makeIrregularFiles } from '../config/irregular-files.ts';

const keyIo = {
  ask: () => Promise.reject(new Error('nobody is asked')),
  clock: machineClock,
  onEvent: () => undefined,
};

const authority = makeAuthority();
const own = makeCertificate({ issuer: authority });
const other = makeCertificate({ issuer: authority });
const past = new Date('2020-01-02T03:04:05Z');
const future = new Date('2100-01-02T03:04:05Z');
const expired = makeCertificate({ issuer: authority, notBefore: new Date(0), notAfter: past });
const early = makeCertificate({ issuer: authority, notBefore: future, notAfter: new Date('2101-01-01T00:00:00Z') });
const oldAuthority = makeCertificate({ names: ['old'], notBefore: new Date(0), notAfter: past });
const encrypted = createPrivateKey(own.key)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
  .toString();

const files: Readonly<Record<string, string>> = {
  'own.crt': own.cert + authority.cert,
  'own.key': own.key,
  'other.key': other.key,
  'expired.crt': expired.cert,
  'expired.key': expired.key,
  'early.crt': early.cert,
  'early.key': early.key,
  'ca.crt': authority.cert,
  'old-ca.crt': authority.cert + oldAuthority.cert,
  'encrypted.key': encrypted,
  'garbage.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  'empty.crt': '',
  'huge.crt': 'x'.repeat(1024 * 1024 + 1),
};

type Tls = { readonly listen?: string; readonly hub?: string };

async function open(folder: string, { listen, hub }: Tls): Promise<GenerationOpening> {
  const url = hub === undefined ? 'http://127.0.0.1:8000' : 'https://hub.example';
  writeFileSync(
    join(folder, 'proxy.yaml'),
    `publicUrl: https://hub.example.org
listen: [{ address: '127.0.0.1:0'${listen === undefined ? '' : `, tls: { ${listen} }`} }]
hub: { url: '${url}', authenticator: jhubauthenticators.HeaderAuthenticator${hub === undefined ? '' : `, tls: { ${hub} }`} }
trust: { proxies: [127.0.0.1/32] }
jwt: [{ issuer: { url: 'https://sso.example.org', audiences: [hub] }, keys: { jwksUrl: 'https://sso.example.org/keys' } }]
user: { lowercase: true }
`,
  );
  return openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
}

const bad: readonly [rule: string, tls: Tls, problems: readonly RegExp[]][] = [
  [
    'files that are not there, all at once',
    { listen: 'certFile: no.crt, keyFile: no.key, clientCaFile: no-ca.crt', hub: 'caFile: no-ca.crt' },
    [
      /^proxy\.yaml:2:53 listen\[0\]\.tls\.certFile: "\/.*\/no\.crt" can not be read \(ENOENT\), expected a file with certificates \(PEM\)$/,
      /^proxy\.yaml:2:70 listen\[0\]\.tls\.keyFile: "\/.*\/no\.key" can not be read \(ENOENT\), expected a file with a private key \(PEM\)$/,
      /^proxy\.yaml:2:92 listen\[0\]\.tls\.clientCaFile: .*no-ca\.crt" can not be read \(ENOENT\)/,
      /^proxy\.yaml:3:\d+ hub\.tls\.caFile: .*no-ca\.crt" can not be read \(ENOENT\)/,
    ],
  ],
  [
    'a key that fits another certificate',
    { listen: 'certFile: own.crt, keyFile: other.key', hub: 'certFile: own.crt, keyFile: other.key' },
    [
      /^proxy\.yaml:2:\d+ listen\[0\]\.tls\.keyFile: ".*other\.key" does not fit the certificate, expected the key of certFile$/,
      /^proxy\.yaml:3:\d+ hub\.tls\.keyFile: .*does not fit the certificate/,
    ],
  ],
  [
    'files the wrong way round',
    { listen: 'certFile: own.key, keyFile: own.crt' },
    [
      /listen\[0\]\.tls\.certFile: .*holds no certificate, expected one or more \(PEM\)/,
      /listen\[0\]\.tls\.keyFile: .*holds no private key, expected one \(PEM\)/,
    ],
  ],
  [
    'a key with a passphrase',
    { listen: 'certFile: own.crt, keyFile: encrypted.key' },
    [/keyFile: .*is encrypted, expected a key without a passphrase/],
  ],
  [
    'what only looks like a certificate, and nothing at all',
    { listen: 'certFile: garbage.crt, keyFile: own.key, clientCaFile: empty.crt' },
    [/certFile: .*holds a certificate that can not be read/, /clientCaFile: .*holds no certificate/],
  ],
  [
    'files that are too large',
    { hub: 'caFile: huge.crt' },
    [
      /^proxy\.yaml:3:\d+ hub\.tls\.caFile: ".*huge\.crt" is larger than 1048576 bytes, expected a file with certificates \(PEM\)$/,
    ],
  ],
  [
    'files beside a key that is bad by itself',
    { listen: 'certFile: no.crt, keyFile: own.key, colour: red' },
    [/tls\.colour: unknown key/],
  ],
];

for (const [rule, tls, expected] of bad) {
  t.test(rule, async t => {
    const folder = t.testdir(files);
    const opened = await open(folder, tls);
    if (opened.ok) throw new Error('the config was taken');
    t.match(
      opened.problems.map(problem => problem.slice(folder.length + 1)),
      expected,
    );
    t.equal(opened.problems.length, expected.length);
  });
}

t.test('what is no regular file is told at its key, and nobody waits for it', async t => {
  const folder = t.testdir(files);
  for (const [kind, file] of await makeIrregularFiles(t)) {
    const opened = await open(folder, {
      listen: `certFile: '${file}', keyFile: '${file}', clientCaFile: '${file}'`,
      hub: `caFile: '${file}'`,
    });
    if (opened.ok) throw new Error('the config was taken');
    t.match(
      opened.problems.map(problem => problem.slice(folder.length + 1)),
      [
        /^proxy\.yaml:2:\d+ listen\[0\]\.tls\.certFile: ".*" is no regular file, expected a file with certificates \(PEM\)$/,
        /^proxy\.yaml:2:\d+ listen\[0\]\.tls\.keyFile: ".*" is no regular file, expected a file with a private key \(PEM\)$/,
        /^proxy\.yaml:2:\d+ listen\[0\]\.tls\.clientCaFile: ".*" is no regular file/,
        /^proxy\.yaml:3:\d+ hub\.tls\.caFile: ".*" is no regular file/,
      ],
      kind,
    );
  }
});

t.test('good files are read, and named for the watch', async t => {
  const folder = t.testdir(files);
  const opened = await open(folder, {
    listen: 'certFile: own.crt, keyFile: own.key, clientCaFile: ca.crt, clientCertificate: require',
    hub: 'caFile: ca.crt, certFile: own.crt, keyFile: own.key, serverName: hub',
  });
  if (!opened.ok) throw new Error(opened.problems.join('\n'));
  opened.generation.keys.close();
  t.strictSame(opened.warnings, []);
  const { cert, key } = { cert: files['own.crt'], key: own.key };
  t.strictSame(opened.generation.tls, {
    listen: [{ cert, key, clientCa: authority.cert, clientCertificate: 'require' }],
    hub: { ca: authority.cert, own: { cert, key }, serverName: 'hub' },
  });
  t.strictSame(
    opened.generation.files.map(file => file.slice(folder.length + 1)),
    ['proxy.yaml', 'own.crt', 'own.key', 'ca.crt'],
  );
});

t.test('a refused config names its files too: one of them may be what has to change', async t => {
  const folder = t.testdir(files);
  const opened = await open(folder, { listen: 'certFile: later.crt, keyFile: own.key' });
  t.notOk(opened.ok);
  if (!opened.ok) t.ok(opened.files.includes(join(folder, 'later.crt')));
});

t.test('an https hub without hub.tls is verified all the same', async t => {
  const opened = await open(t.testdir(files), { hub: '' });
  if (!opened.ok) throw new Error(opened.problems.join('\n'));
  opened.generation.keys.close();
  t.strictSame(opened.generation.tls.hub, { ca: null, own: null, serverName: null });
});

t.test('certificates out of their time are warned of, and taken', async t => {
  const folder = t.testdir(files);
  const opened = await open(folder, {
    listen: 'certFile: expired.crt, keyFile: expired.key, clientCaFile: ca.crt',
    hub: 'caFile: old-ca.crt, certFile: early.crt, keyFile: early.key',
  });
  if (!opened.ok) throw new Error(opened.problems.join('\n'));
  opened.generation.keys.close();
  t.match(
    opened.warnings.map(warning => warning.slice(folder.length + 1)),
    [
      /^proxy\.yaml:2:\d+ listen\[0\]\.tls\.certFile: ".*expired\.crt" holds a certificate that expired on 2020-01-02T03:04:05\.000Z$/,
      /listen\[0\]\.tls\.clientCaFile: is set, but clientCertificate is none/,
      /^proxy\.yaml:3:\d+ hub\.tls\.caFile: .*old-ca\.crt" holds a certificate that expired/,
      /^proxy\.yaml:3:\d+ hub\.tls\.certFile: .*is not valid before 2100-01-02T03:04:05\.000Z$/,
    ],
  );
  t.equal(opened.warnings.length, 4);
});
