/** Instants at which a hub may die. Tests end the process there, and look whether the next hub finds its way. */
export const faultPoints = [
  'start.intent',
  'start.leased',
  'start.preparing',
  'start.creating',
  'start.handle',
  'start.made',
  'start.booting',
  'start.answered',
  'start.routing',
  'start.routed',
  'start.ready',
  'stop.intent',
  'stop.leased',
  'stop.begun',
  'stop.route_deleted',
  'stop.stopped',
  'stop.settled',
  'files.leased',
  'files.archived',
  'files.removed',
] as const

/** Name of an instant between two effects. */
export type FaultPoint = (typeof faultPoints)[number]

/** Called at every fault point with its name. Outside tests it does nothing. */
export type Faults = (point: FaultPoint) => Promise<void>

/** Nothing happens. */
export const noFaults: Faults = async () => {}
