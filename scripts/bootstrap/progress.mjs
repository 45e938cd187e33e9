/**
 * Announces a long piece of work and says every few seconds that it goes on.
 * @param {string} title
 * @param {() => string} state what is known about how far it is; may be empty
 * @returns {{ done: () => void, failed: () => void }}
 */
export function startProgress(title, state) {
  const from = Date.now()
  const say = (/** @type {string} */ text) => process.stderr.write(`orrery: ${title}${text}\n`)
  const seconds = () => ((Date.now() - from) / 1000).toFixed(0)
  say(' …')
  const timer = setInterval(() => say(` … ${[`${seconds()} s`, state()].filter(Boolean).join(', ')}`), 5000)
  return {
    done: () => {
      clearInterval(timer)
      say(`: done in ${((Date.now() - from) / 1000).toFixed(1)} s`)
    },
    failed: () => clearInterval(timer),
  }
}
