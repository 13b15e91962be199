/** A page of a real single-user server's own. */

/**
 * Python for `extraConfig`: a page inside jupyter-server, `field-spy`, for those who are logged in there. It shows what the server's
 * own code can see of a request.
 */
export const spyExtension: string = `
import os
spy = os.path.join(os.environ["HUB_DATA"], "spy")
os.makedirs(spy, exist_ok=True)
with open(os.path.join(spy, "field_spy.py"), "w") as out:
    out.write("""
import json
import tornado.web
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
class Spy(JupyterHandler):
    @tornado.web.authenticated
    def get(self):
        self.finish(json.dumps({"headers": list(self.request.headers.get_all())}))
def _jupyter_server_extension_points():
    return [{"module": "field_spy"}]
def _load_jupyter_server_extension(app):
    app.web_app.add_handlers(".*", [(url_path_join(app.base_url, "field-spy"), Spy)])
""")
c.Spawner.environment = {"PYTHONPATH": spy}
c.Spawner.args += ["--ServerApp.jpserver_extensions={'field_spy': True}"]
`;
