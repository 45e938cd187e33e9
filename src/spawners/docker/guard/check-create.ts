import { parseUserName } from '../../../core/names.ts'
import { isObject } from '../docker-py-names.ts'
import { markerImage } from '../engine-images.ts'
import { keptFields, labels as names, nameFields, type NameFields } from '../names.ts'
import { checkHost, lacksConfinement, type CreateContext, type Kind } from './check-host.ts'
import { markedMount, type Reason } from './check-mounts.ts'
import { fits, fitsValue, isNothing, type Known } from './patterns.ts'
import type { Permits } from './permits.ts'

/** The mark of an installation on what is made through its guard. */
export const guardLabel = 'orrery.guard'

/** What is known of the image that a request names. `isMarker`: the empty one that only holds names. */
export type ImageSeen = { readonly id: string; readonly user: string; readonly isMarker: boolean }

/** A request to make a container. `name` is empty when the engine chooses one. */
export type CreateRequest = { readonly name: string; readonly body: Readonly<Record<string, unknown>>; readonly image: ImageSeen }

/** What the engine is sent, or why nothing is. */
export type Checked = { readonly body: Record<string, unknown> } | { readonly reason: string }

/** Checks a request to make a container; what comes of it holds only what was looked at. Pure. */
export function checkCreate({ name, body, image }: CreateRequest, permits: Permits): Checked {
  const labels = labelsOf(body['Labels'])
  const kind = labels === null ? null : kindOf(labels)
  if (labels === null || kind === null) return { reason: 'its labels are not those of a server or of what a server needs' }
  const context = contextOf(kind, labels, permits)
  if (context === null) return { reason: 'it says the name of a user that nobody can have' }
  const wrong = wrongName(name, context) ?? wrongLabel(labels, context) ?? wrongMember(body, context) ?? wrongUser(body['User'], context)
  if (wrong !== null) return { reason: wrong }
  if (kind !== 'helper' && image.isMarker !== (kind === 'holder')) return { reason: `only what holds a name is made from ${markerImage}` }
  const checked = checkHost(body['HostConfig'] ?? {}, context)
  if ('reason' in checked) return checked
  const confined = kind === 'server' || kind === 'trial' ? !beginsAsRoot(body['User'], image) : false
  const loose = confined ? lacksConfinement(checked.host, permits) : null
  return loose === null ? { body: rewritten(body, checked.host, labels, image, permits) } : { reason: loose }
}

function rewritten(
  body: CreateRequest['body'],
  host: Record<string, unknown>,
  labels: Readonly<Record<string, string>>,
  image: ImageSeen,
  { installation }: Permits,
): Record<string, unknown> {
  const mark = { [guardLabel]: installation }
  const mounts = Array.isArray(host['Mounts']) ? { Mounts: host['Mounts'].map((mount: unknown) => markedMount(mount, mark)) } : {}
  const rest = Object.fromEntries(Object.entries(body).filter(([, value]) => !isNothing(value)))
  return { ...rest, Image: image.isMarker ? markerImage : image.id, Labels: { ...labels, ...mark }, HostConfig: { ...host, ...mounts } }
}

function labelsOf(given: unknown): Readonly<Record<string, string>> | null {
  if (!isObject(given)) return null
  const entries = Object.entries(given).flatMap(([name, value]): [string, string][] => (typeof value === 'string' ? [[name, value]] : []))
  return entries.length === Object.keys(given).length ? Object.fromEntries(entries) : null
}

function kindOf(labels: Readonly<Record<string, string>>): Kind | null {
  const has = (...all: readonly string[]): boolean => all.every((name) => Object.hasOwn(labels, name))
  if (labels[names.purpose] === 'doctor') return 'trial'
  if (has(names.purpose)) return 'helper'
  if (has(names.ended, names.key)) return 'holder'
  return has(names.server, names.key, names.generation, names.spec, names.user) ? 'server' : null
}

/** For a server the fields of templates are known; files can go by an earlier name of the user (`ada`, or `ada/2` of its second holder), which a label says. */
function contextOf(kind: Kind, labels: Readonly<Record<string, string>>, permits: Permits): CreateContext | null {
  const userName = labels[names.user] ?? ''
  const known = { prefix: permits.options.prefix }
  if (kind !== 'server') return { permits, kind, known, owners: [known], userName }
  const homeName = labels[names.home] ?? userName
  const serverName = labels[names.serverName] ?? ''
  if (!isUserName(userName) || !isUserName(homeName.replace(/\/[1-9]\d*$/, '')) || !/^[a-z0-9-]*$/.test(serverName)) return null
  const ref = { serverId: 0, userName, homeName, serverName, key: '' }
  // The image of a profile is part of some names; which one it is, the request does not say.
  const [own, kept] = [nameFields, keptFields].map((fieldsOf) => withoutImage(fieldsOf(ref, permits.options)))
  return { permits, kind, known: own ?? known, owners: [kept ?? known, own ?? known], userName }
}

const withoutImage = ({ imagename: _imagename, ...rest }: NameFields): Known => rest

const isUserName = (text: string): boolean => {
  const parsed = parseUserName(text)
  return parsed.ok && parsed.name === text
}

/** The name of a server's container may have been chosen before it was renamed or got another image: the template counts, not its fields. */
function wrongName(name: string, { kind, permits: { options } }: CreateContext): Reason {
  if (kind === 'trial' || kind === 'helper') return name === '' ? null : 'such a container has no name of its own'
  return fits(options.nameTemplate, name, { prefix: options.prefix }) ? null : `${name} is no name that servers have`
}

function wrongLabel(labels: Readonly<Record<string, string>>, { permits: { options, extra }, known }: CreateContext): Reason {
  const more = isObject(extra['Labels']) ? extra['Labels'] : {}
  const strange = Object.entries(labels).find(([name, value]) => {
    if (name.startsWith('orrery.')) return name === guardLabel
    return !fitsValue(options.labels[name], value, known) && !fitsValue(more[name], value, known)
  })
  return strange === undefined ? null : `the label ${strange[0]} is not in the configuration`
}

const texts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string')

/** What a container does inside is its own business: these members only have to be of their type. */
const inside: Readonly<Record<string, (value: unknown, context: CreateContext) => boolean>> = {
  Image: (value) => typeof value === 'string',
  Env: texts,
  Cmd: texts,
  Entrypoint: texts,
  WorkingDir: (value) => typeof value === 'string',
  StopTimeout: (value) => typeof value === 'number',
  ExposedPorts: (value, { permits }) => fitsValue({ [`${permits.options.port}/tcp`]: {} }, value),
  Labels: isObject,
  HostConfig: isObject,
  User: (value) => typeof value === 'string',
}

function wrongMember(body: CreateRequest['body'], context: CreateContext): Reason {
  const { extra } = context.permits
  const wrong = Object.entries(body).find(([name, value]) => {
    if (isNothing(value)) return false
    const isConfigured = Object.hasOwn(extra, name) && fitsValue(extra[name], value, context.known)
    return !isConfigured && !(Object.hasOwn(inside, name) && inside[name]?.(value, context) === true)
  })
  return wrong === undefined ? null : `${wrong[0]} is not in the configuration`
}

/** Who a container begins as: the image says it, or the configuration. Helpers may need root to look after volumes. */
function wrongUser(user: unknown, { kind, permits: { options, extra }, known }: CreateContext): Reason {
  if (isNothing(user) || (kind === 'helper' && user === '0')) return null
  if (fitsValue(extra['User'], user, known)) return null
  const isAccount = options.systemUsers && typeof user === 'string' && (options.runAsRoot ? user === '0' : /^[1-9]\d*:\d+$/.test(user))
  return isAccount ? null : `it may not begin as the user ${String(user)}`
}

function beginsAsRoot(user: unknown, image: ImageSeen): boolean {
  const name = typeof user === 'string' && user !== '' ? user : image.user
  return /^(?:|0+|root)(?::|$)/.test(name)
}
