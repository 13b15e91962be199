/** Where the log goes. */
export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly format: 'json' | 'pretty';
  readonly audit: { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly file: string };
}
