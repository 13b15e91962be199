/** The provider's advice is left out, and nothing else that is said. */
import t from 'tap';

t.test('what oidc-provider says', async t => {
  const said: unknown[] = [];
  const real = { warn: console.warn, info: console.info };
  t.teardown(() => Object.assign(console, real));
  console.warn = (...words: unknown[]) => void said.push(...words);
  console.info = console.warn;
  const { Provider } = await import('./quiet-provider.ts');
  new Provider('https://issuer.test', { ttl: {} });
  t.strictSame(said, [], 'advice, such as on its runtime and on its memory');
  console.info('oidc-provider NOTICE: default ttl.X function called, you SHOULD change it in order to define it.');
  t.strictSame(said, []);
  console.warn('oidc-provider WARNING: failed to setup SSRF protection');
  console.info('oidc-provider NOTICE: something new');
  console.warn('Unsupported runtime. ', 2);
  console.warn(new Error('oidc-provider WARNING: Unsupported runtime. '));
  t.match(said, [/failed to setup/, /something new/, 'Unsupported runtime. ', 2, Error]);
  t.equal(said.length, 5);
});
