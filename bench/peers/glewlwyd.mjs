// Debian's glewlwyd as a whole-login peer: password login (its own hash, as Debian ships it) and its session check, on
// SQLite, which on one machine is kinder to it than a database server on the same cores.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { answers, Child, freePorts, temporaryFolder } from '../child.mjs';
import { libraries, unpacked } from './packages.mjs';

const run = promisify(execFile);
const PACKAGES = ['glewlwyd', 'glewlwyd-common', 'dbconfig-no-thanks', 'sqlite3'];
// As Debian's init.sqlite3.sql makes it.
const ADMIN = { username: 'admin', password: 'password' };

export async function install() {
  const root = await unpacked('glewlwyd', PACKAGES);
  const program = path.join(root, 'usr/bin/glewlwyd');
  const { stdout } = await run(program, ['-v'], { env: { ...process.env, ...libraries(root) } }).catch((error) => error);
  return { root, program, version: `glewlwyd ${/\d+\.\d+[.\d]*/.exec(stdout ?? '')?.[0] ?? '(version unknown)'}` };
}

function settings({ root, folder, port }) {
  const modules = path.join(root, 'usr/lib/glewlwyd');
  return `
port=${port}
bind_address="127.0.0.1"
external_url="http://localhost:${port}"
login_url="login.html"
api_prefix="api"
static_files_path="${root}/usr/share/glewlwyd/webapp/"
allow_origin="*"
log_mode="file"
log_level="ERROR"
log_file="${folder}/glewlwyd.log"
cookie_domain="localhost"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
add_x_frame_option_header_deny=true
max_post_size=16777216
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="${modules}/user"
user_middleware_module_path="${modules}/user_middleware"
client_module_path="${modules}/client"
user_auth_scheme_module_path="${modules}/scheme"
plugin_module_path="${modules}/plugin"
use_secure_connection=false
secure_connection_key_file="${folder}/none.key"
secure_connection_pem_file="${folder}/none.pem"
hash_algorithm = "SHA512"
database = { type = "sqlite3"; path = "${folder}/glewlwyd.db"; };
`;
}

async function makeDatabase(root, folder) {
  const packed = await fs.readFile(path.join(root, 'usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz'));
  const sql = path.join(folder, 'init.sql');
  await fs.writeFile(sql, gunzipSync(packed));
  const own = path.join(root, 'usr/bin/sqlite3');
  const program = await fs.access(own).then(() => own, () => 'sqlite3');
  await run(program, [path.join(folder, 'glewlwyd.db'), `.read ${sql}`], { env: { ...process.env, ...libraries(root) } });
}

async function logIn(url) {
  const answer = await fetch(`${url}/api/auth/`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ADMIN),
  });
  if (!answer.ok) throw new Error(`glewlwyd refuses its own admin (${answer.status})`);
  return answer.headers.getSetCookie()[0].split(';')[0];
}

// `cookie`: of a live session; `login`: the request of a password login; `check`: the path of its session check.
export async function start({ root, program }) {
  const folder = await temporaryFolder('glewlwyd');
  const [port] = await freePorts(1);
  const file = path.join(folder, 'glewlwyd.conf');
  await fs.writeFile(file, settings({ root, folder, port }));
  await makeDatabase(root, folder);
  const url = `http://127.0.0.1:${port}`;
  const child = new Child(program, ['--config-file', file], { env: libraries(root) });
  const stop = async () => {
    await child.stop();
    await fs.rm(folder, { recursive: true, force: true });
  };
  try {
    await child.ready(answers(`${url}/config`));
    return {
      pid: child.pid, port, url, stop, cookie: await logIn(url), check: '/api/profile_list/',
      login: { path: '/api/auth/', body: JSON.stringify(ADMIN) },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
