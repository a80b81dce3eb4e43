// nginx as two peers: nchan (a WebSocket to subscribe, a POST to publish) for pushes, and `return 200` for session
// checks. One worker each, as qrgate has one event loop; no access log; keep-alive without end.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { answers, Child, childrenOf, freePorts, isRoot, temporaryFolder } from '../child.mjs';
import { libraries, NotToBeHad, unpacked } from './packages.mjs';

const PACKAGES = ['nginx', 'nginx-common', 'libnginx-mod-nchan', 'libnginx-mod-http-echo'];
const DESCRIPTORS = 20_000;
const COMPILED_FOLDER = '/var/lib/nginx';

export async function install() {
  const root = await unpacked('nginx', PACKAGES);
  const program = path.join(root, 'usr/sbin/nginx');
  const { stderr } = await promisify(execFile)(program, ['-v'], { env: { ...process.env, ...libraries(root) } });
  return { root, program, version: stderr.trim().replace(/^.*nginx\//, 'nginx ') };
}

const NCHAN = `
    location ~ ^/sub/(.+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }
    location ~ ^/pub/(.+)$ {
      nchan_publisher http;
      nchan_channel_id $1;
      nchan_message_buffer_length 1;
      nchan_message_timeout 10s;
    }`;
const PLAIN = `
    location = /ready { return 200; }
    location = /plain { default_type application/json; return 200 '{"person":"0000000000000000000000"}'; }`;

// `connections`: how many it must hold at once. nchan asks for the descriptors of its own reserves too.
function settings({ folder, port, modules, locations }) {
  return `
${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
worker_rlimit_nofile ${DESCRIPTORS};
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
${modules.map((module) => `load_module ${module};`).join('\n')}
events { worker_connections ${DESCRIPTORS - 500}; use epoll; multi_accept on; }
http {
  access_log off;
  tcp_nodelay on;
  server_tokens off;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${modules.length ? 'nchan_shared_memory_size 1024m;' : ''}
  server {
    listen 127.0.0.1:${port} backlog=8192;
    ${locations}
  }
}
`;
}

async function start({ root, program }, locations, modules) {
  const folder = await temporaryFolder('nginx');
  const [port] = await freePorts(1);
  const file = path.join(folder, 'nginx.conf');
  await fs.writeFile(file, settings({ folder, port, modules, locations }));
  const child = new Child(program, ['-c', file, '-p', folder, '-e', path.join(folder, 'error.log')], { env: libraries(root) });
  try {
    await child.ready(answers(`http://127.0.0.1:${port}/ready`));
    const [worker] = await childrenOf(child.pid);
    return {
      pid: worker, port, url: `http://127.0.0.1:${port}`,
      subscribe: `ws://127.0.0.1:${port}/sub/{id}`, publish: `http://127.0.0.1:${port}/pub/{id}`,
      async stop() {
        await child.stop();
        await fs.rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await child.stop();
    await fs.rm(folder, { recursive: true, force: true });
    throw error;
  }
}

// nchan opens the folder that Debian compiled in before any setting is read (nginx 1.22.1, nchan 1.3.6): it must exist.
async function withCompiledFolder(begin) {
  const made = await fs.mkdir(COMPILED_FOLDER, { recursive: true }).catch((error) => {
    throw new NotToBeHad(`nchan needs the folder ${COMPILED_FOLDER} (${error.code}): make it as root`);
  });
  const remove = () => made && fs.rm(made, { recursive: true, force: true });
  try {
    const server = await begin();
    return { ...server, stop: () => server.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

export function startNchan(installed) {
  const module = path.join(installed.root, 'usr/lib/nginx/modules/ngx_nchan_module.so');
  return withCompiledFolder(() => start(installed, NCHAN + PLAIN, [module]));
}

export const startPlain = (installed) => start(installed, PLAIN, []);
