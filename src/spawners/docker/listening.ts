/** A socket that listens: its port, and whether it only hears its own machine. */
export type Listener = { readonly port: number; readonly isLoopback: boolean }

const listenState = '0A'

/** The listening sockets of a table as `/proc/net/tcp` and `/proc/net/tcp6` have it: addresses in hexadecimal, each word with its last byte first. */
export function listenersIn(table: string): readonly Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, address = '', , state] = line.trim().split(/\s+/)
    const [host = '', port = ''] = address.split(':')
    if (state !== listenState || !/^[0-9A-F]{8}(?:[0-9A-F]{24})?$/.test(host)) return []
    return [{ port: Number.parseInt(port, 16), isLoopback: isLoopbackWord(host) }]
  })
}

const isLoopbackWord = (host: string): boolean =>
  host.length === 8 ? host.endsWith('7F') : host === '00000000000000000000000001000000' || /^0{16}FFFF0000.{6}7F$/.test(host)
