/** oidc-provider, less its advice to those who run it for good; whatever else it says is still said. */

/** How it begins what it says, with a colour of the terminal's before it perhaps, and what is known of it. */
const advice =
  /^(?:\x1b\[[\d;]*m)?oidc-provider (?:WARNING|NOTICE): (?:Unsupported runtime\. |(?:a )?quick start development-only |default \S+ function called, you (?:SHOULD|MUST) change it )/;

for (const level of ['warn', 'info'] as const) {
  const say = console[level];
  console[level] = (...said: unknown[]) => {
    if (!advice.test(String(said[0]))) say.apply(console, said);
  };
}

// It looks at its runtime as soon as it is imported, which must come after the lines above.
const { Provider: Quiet } = await import('oidc-provider');

/** A provider. */
export type Provider = InstanceType<typeof Quiet>;

/** Makes providers. */
export const Provider: typeof Quiet = Quiet;
