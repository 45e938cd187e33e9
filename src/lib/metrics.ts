import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** Values of the labels of one measurement. */
export type Labels = Readonly<Record<string, string | number>>

/** What is measured: `doc` ends up in the exposition, `known` combinations of labels exist with zero from the start. */
export type MetricSpec = {
  /** Without prefix: `server_stop_seconds`. */
  readonly name: string
  readonly doc: string
  readonly labels?: readonly string[]
  readonly known?: readonly Labels[]
}

/** Counts and durations of one process, in the text form of Prometheus. */
export type Metrics = {
  counter(spec: MetricSpec): { add(labels?: Labels, by?: number): void }
  /** `read` is asked whenever somebody looks. */
  gauge(spec: MetricSpec & { readonly read: () => Promise<number | readonly { readonly labels: Labels; readonly value: number }[]> }): void
  /** Seconds. `buckets`: upper bounds. */
  histogram(spec: MetricSpec & { readonly buckets?: readonly number[] }): { observe(seconds: number, labels?: Labels): void }
  readonly contentType: string
  text(): Promise<string>
}

/** Bounds of a request's duration, seconds. */
const usualBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * A registry of its own whose names begin with `prefix_`. `runtime`: adds figures of the process and the runtime (`process_*`, `nodejs_*`),
 * without prefix.
 */
export function createMetrics(options: { readonly prefix: string; readonly runtime: boolean }): Metrics {
  const registry = new Registry()
  if (options.runtime) collectDefaultMetrics({ register: registry })
  const base = ({ name, doc, labels = [] }: MetricSpec) => ({
    name: `${options.prefix}_${name}`,
    help: doc,
    labelNames: [...labels],
    registers: [registry],
  })
  return {
    counter: (spec) => {
      const counter = new Counter(base(spec))
      for (const labels of spec.known ?? []) counter.inc(labels, 0)
      return { add: (labels = {}, by = 1) => counter.inc(labels, by) }
    },
    gauge: (spec) => {
      const gauge: Gauge = new Gauge({ ...base(spec), collect: () => collect(gauge, spec.read) })
    },
    histogram: (spec) => {
      const histogram = new Histogram({ ...base(spec), buckets: [...(spec.buckets ?? usualBuckets)] })
      for (const labels of spec.known ?? []) histogram.zero(labels)
      return { observe: (seconds, labels = {}) => histogram.observe(labels, seconds) }
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

async function collect(
  gauge: Gauge,
  read: () => Promise<number | readonly { readonly labels: Labels; readonly value: number }[]>,
): Promise<void> {
  const found = await read()
  gauge.reset()
  if (typeof found === 'number') gauge.set(found)
  else for (const { labels, value } of found) gauge.set(labels, value)
}
