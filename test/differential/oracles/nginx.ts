/** nginx in front of an echo: what it passes on is what it read. Both listen on Unix sockets, so no port is needed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../clients/program.ts';
import { ResponseReader } from '../../clients/response-reader.ts';
import type { Teardown } from '../../gates/lab.ts';
import type { Oracle, Reading, RequestRead } from '../reading.ts';
import { type Line, valuesOf } from '../strict-messages.ts';

const patienceMs = 20_000;
const atOnce = 16;
const endOfHead = '\r\n\r\n';

/** Everything that nginx would keep to itself is passed on, and nothing is corrected. */
function configText(folder: string): string {
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  large_client_header_buffers 8 64k;
  client_max_body_size 0;
  underscores_in_headers on;
  ignore_invalid_headers off;
  merge_slashes off;
  upstream echo { server unix:${folder}/echo.sock; keepalive ${atOnce}; }
  server {
    listen unix:${folder}/nginx.sock;
    location / {
      proxy_pass http://echo;
      proxy_http_version 1.1;
      proxy_ignore_client_abort on;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
    }
  }
}
`;
}

/** What nginx passes on may be no HTTP to anybody else, but its line ends and its length are its own. */
function firstRequest(bytes: string): { request: RequestRead; length: number } | null {
  const end = bytes.indexOf(endOfHead);
  if (end === -1) return null;
  const [start = '', ...rest] = bytes.slice(0, end).split('\r\n');
  const lines = rest.map((line): Line => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  const length = Number(lines.find(([name]) => name === 'Content-Length')?.[1] ?? 0);
  const from = end + endOfHead.length;
  if (bytes.length < from + length) return null;
  const body = bytes.slice(from, from + length);
  const gap = start.indexOf(' ');
  const target = start.slice(gap + 1, start.lastIndexOf(' '));
  return { request: { method: start.slice(0, gap), target, lines, body }, length: from + length };
}

/** Answers each request with a serial number under which it is kept. */
function openEcho(path: string, kept: Map<string, RequestRead>): Server {
  let serial = 0;
  const server = createServer(socket => {
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      const first = firstRequest(pending);
      if (first === null) return;
      pending = pending.slice(first.length);
      serial += 1;
      kept.set(String(serial), first.request);
      socket.write(`HTTP/1.1 200 OK\r\nX-Serial: ${serial}\r\nContent-Length: 0\r\n\r\n`);
    });
  });
  return server.listen(path);
}

/** nginx answers HTTP/0.9 with a body alone: no request that the echo would know. */
function readAnswers(bytes: Buffer, kept: Map<string, RequestRead>): Reading {
  const requests: RequestRead[] = [];
  if (!bytes.toString('latin1').startsWith('HTTP/1.1 ')) {
    return { requests, refused: bytes.length === 0 ? null : 'HTTP/0.9' };
  }
  const reader = new ResponseReader(false);
  reader.push(bytes);
  for (const { status, fields } of reader.finish(true).filter(answer => answer.status >= 200)) {
    const [serial = ''] = valuesOf(fields, 'x-serial');
    const request = kept.get(serial);
    kept.delete(serial);
    if (request === undefined) return { requests, refused: String(status) };
    requests.push(request);
  }
  return { requests, refused: null };
}

function ask(path: string, bytes: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ path, allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`nginx does not close behind ${JSON.stringify(bytes)}`));
    }, patienceMs);
    socket.on('connect', () => socket.end(Buffer.from(bytes, 'latin1')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
  });
}

/** The test's end ends nginx and the echo. */
export async function openNginx(t: Teardown): Promise<Oracle> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const path = join(folder, 'nginx.sock');
  writeFileSync(join(folder, 'nginx.conf'), configText(folder));
  const kept = new Map<string, RequestRead>();
  const echo = openEcho(join(folder, 'echo.sock'), kept);
  t.teardown(() => {
    echo.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await runProgram(t, ['nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], { path });
  return {
    name: 'nginx',
    async read(batch) {
      const readings: Reading[] = [];
      for (let at = 0; at < batch.length; at += atOnce) {
        const answers = await Promise.all(batch.slice(at, at + atOnce).map(bytes => ask(path, bytes)));
        readings.push(...answers.map(bytes => readAnswers(bytes, kept)));
      }
      return readings;
    },
  };
}
