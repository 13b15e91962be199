/** How keys are fetched where a config says nothing of it. */
import type { FetchConfig } from '../../../src/config/sections/keys.ts';

/** The defaults. */
export const fetching: FetchConfig = { caFile: null, staleForMs: 24 * 3_600_000, dangerouslyAllowHttp: false };
