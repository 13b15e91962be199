/** A small config that holds, for what is tried of a deployment without a hub behind it. */

/** Where the gate answers probes, and where its keys are: one line of `jwt[].keys`. */
export type SampleConfig = { readonly healthPort?: number; readonly keys?: string; readonly algorithms?: string };

/** The text of a proxy.yaml that listens on loopback, on any port. */
export function sampleConfig({
  healthPort = 0,
  keys = 'jwksUrl: https://sso.example.org/jwks',
  algorithms = 'RS256',
}: SampleConfig = {}): string {
  return `publicUrl: https://hub.example.org
listen: [{ address: 127.0.0.1:0 }]
health: { address: 127.0.0.1:${healthPort} }
hub: { url: 'http://127.0.0.1:8000', authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator }
trust: { proxies: [127.0.0.1/32] }
jwt:
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    keys: { ${keys} }
    algorithms: [${algorithms}]
`;
}
