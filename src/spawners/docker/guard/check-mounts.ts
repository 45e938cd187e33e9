import { isObject } from '../docker-py-names.ts'
import { fits, fitsValue, isNothing, type Known } from './patterns.ts'
import type { MountPermit, Permits } from './permits.ts'

/** Why a mount is refused; null when it is permitted. Where a thing appears inside the container is the container's own business. */
export type Reason = string | null

/** Whether a named volume is one of this installation. */
export const isOwnVolume = (name: string, permits: Permits, known: Known): boolean =>
  /^[A-Za-z0-9][\w.-]*$/.test(name) && permits.volumes.some(({ source }) => fits(source, name, known))

/** Checks `source:target:modes`. */
export function checkBind(bind: unknown, permits: Permits, known: Known): Reason {
  if (typeof bind !== 'string') return 'a bind has to be a text'
  const [source = '', target = '', mode = 'rw', ...rest] = bind.split(':')
  if (rest.length > 0 || !target.startsWith('/')) return `the bind ${bind} cannot be understood`
  const permitted = permitsFor(source, permits, known)
  if (permitted.length === 0) return `${source} is not among what the configuration mounts`
  const modes = mode.split(',')
  const fit = permitted.some(
    (permit) => modes.every((word) => word === 'ro' || permit.modes.includes(word)) && (!permit.readOnly || modes.includes('ro')),
  )
  return fit ? null : `${source} may not be mounted as ${mode}`
}

/** The permits for a source: a folder of the machine begins with a slash. */
function permitsFor(source: string, permits: Permits, known: Known): readonly MountPermit[] {
  if (source.startsWith('/')) return permits.folders.filter((permit) => fits(permit.source, source, known))
  return isOwnVolume(source, permits, known) ? permits.volumes.filter((permit) => fits(permit.source, source, known)) : []
}

const plainMembers = new Set(['Type', 'Source', 'Target', 'ReadOnly', 'VolumeOptions', 'BindOptions'])

/** Checks a mount in the words of the engine. */
export function checkMount(mount: unknown, permits: Permits, known: Known): Reason {
  if (!isObject(mount)) return 'a mount has to be an object'
  if (permits.otherMounts.some((other) => fitsValue(other, mount, known))) return null
  const { Type, Source, Target, ReadOnly } = mount
  const strange = Object.keys(mount).find((name) => !plainMembers.has(name) && !isNothing(mount[name]))
  if (strange !== undefined) return `a mount may not have ${strange}`
  if (Type !== 'volume' && Type !== 'bind') return `mounts of the type ${String(Type)} are not in the configuration`
  if (typeof Target !== 'string' || !Target.startsWith('/')) return 'a mount needs a target'
  if (Type === 'volume' && isNothing(Source))
    return isNothing(mount['VolumeOptions']) && isNothing(mount['BindOptions']) ? null : 'a volume without a name may have no options'
  if (typeof Source !== 'string' || Source.startsWith('/') !== (Type === 'bind')) return 'the source of a mount cannot be understood'
  const permitted = permitsFor(Source, permits, known)
  if (permitted.length === 0) return `${Source} is not among what the configuration mounts`
  const fit = permitted.some((permit) => (!permit.readOnly || ReadOnly === true) && sameOptions(permit.mount, mount, known))
  return fit ? null : `${Source} may not be mounted like this`
}

/** Labels of a volume, and whether it is filled when it is new, are harmless; everything else about it has to be as configured. */
function sameOptions(permitted: Record<string, unknown>, mount: Record<string, unknown>, known: Known): boolean {
  return ['VolumeOptions', 'BindOptions'].every((name) => fitsValue(withoutHarmless(permitted[name]), withoutHarmless(mount[name]), known))
}

function withoutHarmless(options: unknown): Record<string, unknown> {
  if (!isObject(options)) return isNothing(options) ? {} : { strange: options }
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => name !== 'Labels' && name !== 'NoCopy' && !isNothing(value)))
}

/** A mount with the mark of the installation on its volume, so that it is known later who made it. */
export function markedMount(mount: unknown, mark: Readonly<Record<string, string>>): unknown {
  if (!isObject(mount) || mount['Type'] !== 'volume' || isNothing(mount['Source'])) return mount
  const options = isObject(mount['VolumeOptions']) ? mount['VolumeOptions'] : {}
  return { ...mount, VolumeOptions: { ...options, Labels: { ...(isObject(options['Labels']) ? options['Labels'] : {}), ...mark } } }
}
