/** Where a listener was meant to be, and the option that says so. */
export type ListenPlace = { readonly host: string; readonly port: number; readonly option: string }

/** One sentence about why a process could not start. Failures to listen name the port and the option to change. */
export function startFailure(error: unknown, places: readonly ListenPlace[]): string {
  if (!(error instanceof Error)) return String(error)
  const code = textOf(error, 'code')
  const place = places.find(({ port }) => Reflect.get(error, 'port') === port) ?? places[0]
  if (textOf(error, 'syscall') === 'listen' && place !== undefined) return listenFailure(code, place)
  if (textOf(error, 'syscall') === 'getaddrinfo' && place !== undefined) return `There is no host ${place.host}. Correct ${place.option}.`
  const cause = error.cause instanceof Error ? ` ${sentence(error.cause.message)}` : ''
  return `${sentence(error.message)}${cause}`
}

function listenFailure(code: string, { host, port, option }: ListenPlace): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is used by another program. Stop that program, or choose another port with ${option}.`
    case 'EACCES':
      return `This account may not listen on port ${port}. Choose a port above 1023 with ${option}.`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}. Correct ${option}.`
    default:
      return `Cannot listen on ${host}, port ${port} (${code}). Correct ${option}.`
  }
}

function textOf(error: Error, key: string): string {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : ''
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
