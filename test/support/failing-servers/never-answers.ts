// Takes every connection, and stays silent.
import { createServer } from 'node:net'

const url = new URL(process.env['JUPYTERHUB_SERVICE_URL'] ?? '')
createServer(() => {}).listen(Number(url.port), url.hostname, () => console.log('indexing all files first'))
