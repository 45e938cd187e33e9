// Answers everything with an error of its own.
import { createServer } from 'node:http'

const url = new URL(process.env['JUPYTERHUB_SERVICE_URL'] ?? '')
createServer((_, response) => response.writeHead(500).end()).listen(Number(url.port), url.hostname)
