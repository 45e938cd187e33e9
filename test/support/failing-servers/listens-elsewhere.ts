// Ignores where it was told to listen, as a port in a configuration file makes it do.
import { createServer } from 'node:http'

const server = createServer((_, response) => response.end('{}'))
server.listen(0, '127.0.0.1', () => console.log('listening on port', server.address()))
