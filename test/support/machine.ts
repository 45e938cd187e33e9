import { accessSync, constants, globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs of the machine that some tests use for real. */
export type Tool =
  | 'chromium'
  | 'postgresql'
  | 'nginx'
  | 'wrk'
  | 'docker'
  | 'docker-compose'
  | 'debootstrap'
  | 'docker-registry'
  | 'systemd'
  | 'python'

/** How a tool is found, and the Debian packages that bring it. */
export const tools: Readonly<
  Record<Tool, { readonly find: () => string | null; readonly packages: readonly string[]; readonly what: string }>
> = {
  chromium: {
    find: () => onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome'),
    packages: ['chromium', 'fonts-noto-cjk'],
    what: 'a Chromium browser',
  },
  postgresql: {
    find: () => newest('/usr/lib/postgresql/*/bin/initdb') ?? onPath('initdb'),
    packages: ['postgresql'],
    what: 'PostgreSQL (initdb)',
  },
  nginx: { find: () => onPath('nginx'), packages: ['nginx-light'], what: 'nginx' },
  wrk: { find: () => onPath('wrk'), packages: ['wrk'], what: 'the load generator wrk' },
  docker: {
    find: () => (canRunEngine() && onPath('iptables') !== null && onPath('ip') !== null ? onPath('dockerd') : null),
    packages: ['docker.io', 'iptables', 'iproute2'],
    what: 'a Docker engine for itself (dockerd, iptables and ip, run as root, and no other engine running)',
  },
  'docker-compose': { find: () => onPath('docker-compose'), packages: ['docker-compose'], what: 'docker-compose' },
  debootstrap: { find: () => onPath('debootstrap'), packages: ['debootstrap'], what: 'debootstrap' },
  'docker-registry': { find: () => onPath('docker-registry'), packages: ['docker-registry'], what: 'the registry docker-registry' },
  systemd: { find: () => onPath('systemd-analyze'), packages: ['systemd'], what: 'systemd-analyze' },
  python: {
    find: () => runnable(join(process.env['ORRERY_PYTHON_BIN'] ?? '/nowhere', 'jupyterhub-singleuser')),
    packages: [],
    what: 'the notebook environment (run the tests with npm test)',
  },
}

/** Path of the tool's program; null when the machine lacks it. For PostgreSQL the path of `initdb`, the other programs stand beside it. */
export const findTool = (tool: Tool): string | null => tools[tool].find()

/** Options for a test that cannot run without the tools: `test('…', needs('chromium'), async () => {})`. */
export function needs(...wanted: readonly Tool[]): { readonly skip?: string } {
  const missing = wanted.filter((tool) => findTool(tool) === null)
  return missing.length === 0 ? {} : { skip: `this machine lacks ${missing.map((tool) => tools[tool].what).join(' and ')}` }
}

/** Path of a tool whose absence was already excluded by `needs`. Throws when it is missing all the same. */
export function toolPath(tool: Tool): string {
  const path = findTool(tool)
  if (path === null) throw new Error(`this machine lacks ${tools[tool].what}`)
  return path
}

/** The Go toolchain, also where its own installer puts it; null when there is none. */
export const findGo = (): string | null => onPath('go') ?? runnable('/usr/local/go/bin/go')

/** Two engines on one machine take each other's firewall rules away. */
function canRunEngine(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    process.kill(Number(readFileSync('/run/docker.pid', 'utf8')), 0)
    return false
  } catch {
    return true
  }
}

function onPath(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => runnable(join(folder, name))).find((path) => path !== null) ?? null
}

function newest(pattern: string): string | null {
  const version = (path: string): number => Number(/\/(\d+)\//.exec(path)?.[1] ?? 0)
  const found = globSync(pattern).toSorted((a, b) => version(b) - version(a))
  return found[0] ?? null
}

function runnable(path: string): string | null {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return null
  }
}
