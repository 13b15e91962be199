/** Work-arounds for advisories of JupyterHub, as `hub.skipWorkarounds` names them; what each does stands in src/hub/workarounds.ts. */

/** By the CVE. */
export const workaroundIds = ['CVE-2020-36191', 'CVE-2024-28233', 'CVE-2026-40864', 'CVE-2026-54338'] as const;

/** One of them. */
export type WorkaroundId = (typeof workaroundIds)[number];
