/** What the units of an installation are made from. Paths are absolute. */
export type ServicePlace = {
  /** Folder of the program: the clone. */
  readonly program: string
  /** Configuration file; null when there is none. */
  readonly config: string | null
  readonly dataDir: string
  /** Account of hub and proxy. */
  readonly user: string
  readonly servers: ServersOfUnit
  /** Something of the installation is in a home folder, or servers need them. */
  readonly needsHomes: boolean
}

/**
 * What notebook servers are to the hub: children that live in its sandbox, children under accounts of their own, containers of an engine on this
 * machine, or something elsewhere.
 */
export type ServersOfUnit = 'children' | 'accounts' | 'engine' | 'elsewhere'

/** A unit file. */
export type Unit = { readonly name: string; readonly text: string }

/** First line of every unit that Orrery has written; others are left alone. */
export const unitMark = '# Written by: orrery install-service. It is overwritten the next time; your own lines go where'

/** Variables for hub and proxy, one NAME=value a line. The file may be missing. */
export const environmentFile = '/etc/orrery/environment'

/** The places of the units in `deploy/systemd`. */
export const usualPlace: ServicePlace = {
  program: '/opt/orrery',
  config: '/etc/orrery/orrery.config.ts',
  dataDir: '/var/lib/orrery',
  user: 'orrery',
  servers: 'children',
  needsHomes: false,
}

/** The two units of an installation. They do not depend on each other: either may be restarted alone. */
export const systemdUnits = (place: ServicePlace): readonly Unit[] => [
  unit('orrery-hub', 'Orrery hub', ['Wants=orrery-proxy.service'], [...hubLines(place), ...hubSandbox(place)], place),
  unit('orrery-proxy', 'Orrery proxy', [], [...proxyLines, ...sandbox(place), ...strictSandbox(place)], place),
]

function unit(name: string, description: string, head: readonly string[], lines: readonly string[], place: ServicePlace): Unit {
  const text = [
    unitMark,
    `# 'systemctl edit ${name}' puts them.`,
    '[Unit]',
    `Description=${description}`,
    'Wants=network-online.target',
    ...head,
    'After=network-online.target',
    '',
    '[Service]',
    ...serviceLines(name.replace('orrery-', ''), place),
    ...lines,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ]
  return { name: `${name}.service`, text: text.join('\n') }
}

function serviceLines(command: string, { program, config, dataDir, user }: ServicePlace): string[] {
  const configFlag = config === null ? '' : ` --config ${quoted(config)}`
  const state = /^\/var\/lib\/(.+)$/.exec(dataDir)?.[1]
  return [
    'Type=exec',
    `User=${user}`,
    ...(state === undefined ? [] : [`StateDirectory=${quoted(state)}`, 'StateDirectoryMode=0700']),
    'CacheDirectory=orrery',
    `WorkingDirectory=${dataDir.replaceAll('%', '%%')}`,
    `EnvironmentFile=-${environmentFile}`,
    'Environment=NODE_COMPILE_CACHE=/var/cache/orrery MALLOC_ARENA_MAX=1',
    `ExecStart=${quoted(`${program}/bin/orrery`)} ${command}${configFlag} --data-dir ${quoted(dataDir)}`,
    'Restart=always',
    'RestartSec=2',
    '# A wrong configuration does not get better by trying.',
    'RestartPreventExitStatus=2',
    'TimeoutStopSec=30',
  ]
}

/** A word of a line: blanks, specifiers and variables of systemd mean nothing in it. */
const quoted = (word: string): string => {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /[\s"'\\;]/.test(plain) ? `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"` : plain
}

const proxyLines = [
  '# A renewed certificate is read without a restart.',
  'ExecReload=/bin/kill -HUP $MAINPID',
  'AmbientCapabilities=CAP_NET_BIND_SERVICE',
  'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
]

function hubLines({ servers }: ServicePlace): string[] {
  if (servers === 'engine') return ['# The socket of the engine.', 'SupplementaryGroups=docker', 'CapabilityBoundingSet=']
  if (servers === 'elsewhere') return ['CapabilityBoundingSet=']
  return [
    '# Notebook servers belong to this unit. They go on when the hub is restarted, and when one of them runs out of memory.',
    'KillMode=process',
    'OOMPolicy=continue',
    'TasksMax=infinity',
    ...(servers === 'accounts' ? [] : ['CapabilityBoundingSet=']),
  ]
}

/** Where servers are children they live in the sandbox of the hub: it keeps from them what needs rights, and nothing that people work with. */
function hubSandbox(place: ServicePlace): string[] {
  if (place.servers === 'accounts') return ['# Servers become other accounts: no sandbox around them.', 'UMask=0022', ...kernelLines]
  if (place.servers !== 'children') return [...sandbox(place), ...strictSandbox(place)]
  return [
    ...sandbox(place),
    '# No PrivateTmp, RemoveIPC or PrivateDevices: a restart would take files away from running kernels, and graphics cards are devices.',
    'ProtectSystem=full',
    `ReadOnlyPaths=${quoted(place.program)}`,
    'SystemCallFilter=~@clock @cpu-emulation @module @mount @obsolete @raw-io @reboot @swap',
  ]
}

const kernelLines = [
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'RestrictRealtime=yes',
]

const sandbox = ({ needsHomes }: ServicePlace): string[] => [
  'NoNewPrivileges=yes',
  'UMask=0077',
  ...kernelLines,
  `ProtectHome=${needsHomes ? 'no' : 'yes'}`,
  'ProtectProc=invisible',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
]

const strictSandbox = ({ dataDir }: ServicePlace): string[] => [
  'LockPersonality=yes',
  'PrivateDevices=yes',
  'PrivateTmp=yes',
  'ProtectSystem=strict',
  `ReadWritePaths=${quoted(dataDir)}`,
  'RemoveIPC=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
]
