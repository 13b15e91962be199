/** Real single-user servers that show JupyterLab. */

/** Nothing is asked of the world outside: no news, no updates, no list of extensions to install. */
const labArguments = [
  '--LabApp.expose_app_in_browser=True',
  '--LabApp.extension_manager=readonly',
  '--LabApp.news_url=None',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
];

/** Python for `extraConfig`, beside `singleuser: 'real'`. */
export const labServers: string = `
c.Spawner.args += ${JSON.stringify(labArguments)}
c.Spawner.default_url = "/lab"
`;
