import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { readJson } from './read-json.ts'
import { until } from './until.ts'

/** A running kernel, reached through the proxy as JupyterLab reaches it. */
export type Kernel = {
  /** Everything that was printed since the socket was opened. */
  printed(): string
  /** Runs code; resolves with what it printed once the kernel has answered. */
  run(code: string, withinMs?: number): Promise<string>
  /** Sends code and does not wait. */
  begin(code: string): void
  isOpen(): boolean
  close(): void
}

/** Starts a Python kernel in a person's server and returns its id. `server` is the URL of the server with a slash at the end. */
export async function startKernel(server: string, token: string): Promise<string> {
  const response = await fetch(`${server}api/kernels`, {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: '{"name":"python3"}',
  })
  if (response.status !== 201) throw new Error(`kernel: ${response.status} ${await response.text()}`)
  const { id } = await readJson(response, z.object({ id: z.string() }))
  return id
}

const Message = z.object({
  header: z.object({ msg_type: z.string() }),
  parent_header: z.object({ msg_id: z.string().optional() }),
  content: z.object({
    text: z.string().optional(),
    ename: z.string().optional(),
    evalue: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  }),
})

/** Opens the WebSocket of a kernel. */
export async function openKernel(server: string, kernelId: string, token: string): Promise<Kernel> {
  const url = `${server.replace(/^http/, 'ws')}api/kernels/${kernelId}/channels`
  const socket = new WebSocket(url, { headers: { authorization: `token ${token}` } })
  const outputs = new Map<string, string>()
  const finished = new Set<string>()
  let all = ''
  socket.on('message', (raw: Buffer) => {
    const message = Message.parse(JSON.parse(raw.toString()))
    const parent = message.parent_header.msg_id ?? ''
    const text = textOf(message)
    all += text
    outputs.set(parent, (outputs.get(parent) ?? '') + text)
    if (message.header.msg_type === 'execute_reply') finished.add(parent)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})

  const begin = (code: string): string => {
    const id = randomUUID()
    const header = {
      msg_id: id,
      msg_type: 'execute_request',
      username: '',
      session: randomUUID(),
      date: new Date().toISOString(),
      version: '5.3',
    }
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true }
    socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content }))
    return id
  }
  const run = async (code: string, withinMs = 30_000): Promise<string> => {
    const id = begin(code)
    await until(() => finished.has(id), withinMs)
    return (outputs.get(id) ?? '').trim()
  }
  return { printed: () => all, run, begin, isOpen: () => socket.readyState === WebSocket.OPEN, close: () => socket.close() }
}

function textOf({ header, content }: z.output<typeof Message>): string {
  if (header.msg_type === 'stream') return content.text ?? ''
  if (header.msg_type === 'error') return `${content.ename ?? ''}: ${content.evalue ?? ''}`
  const plain = content.data?.['text/plain']
  return header.msg_type === 'execute_result' && typeof plain === 'string' ? plain : ''
}
