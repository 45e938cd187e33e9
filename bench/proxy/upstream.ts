import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { listens, otherCore, startOn } from './processes.ts'

/** The answer of the upstream: 1 KiB. */
export const body = 'x'.repeat(1024)

/** The server behind all contestants: nginx with a fixed answer, one worker. Resolves with its port. */
export async function startUpstream(folder: string): Promise<number> {
  const port = await freePort()
  const file = join(folder, 'upstream.conf')
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/upstream.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_body_temp_path ${folder}/upstream-body;
  server { listen 127.0.0.1:${port} backlog=4096; location / { default_type text/plain; return 200 "${body}"; } }
}
`,
  )
  startOn(otherCore, ['nginx', '-c', file, '-e', 'stderr'])
  await listens(port)
  return port
}
