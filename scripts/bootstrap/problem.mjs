/** Something that the person at the keyboard can mend. The message is one or two plain sentences. */
export class Problem extends Error {}

/**
 * Shows why it cannot go on and sets the exit code to 1. Only for a mistake of the bootstrap itself the stack is shown.
 * @param {unknown} error
 */
export function report(error) {
  const text = error instanceof Problem ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`orrery: ${text}\n`)
  process.exitCode = 1
}

/** @typedef {{ pattern: RegExp, text: string }} Explanation */

/**
 * Turns the output of a tool that failed into a problem: the first explanation that matches, and the last lines of the output.
 * @param {string} what what could not be done, as the beginning of a sentence
 * @param {string} output
 * @param {readonly Explanation[]} explanations
 */
export function explain(what, output, explanations) {
  const found = explanations.find(({ pattern }) => pattern.test(output))
  const reason = found?.text ?? 'The last lines of its output say why.'
  const tail = output.trim().split('\n').slice(-8)
  return new Problem([`${what}. ${reason}`, ...tail.map((line) => `  | ${line}`)].join('\n'))
}

/** Reasons that every downloading tool shares. @type {readonly Explanation[]} */
export const downloadExplanations = [
  { pattern: /ENOSPC|No space left on device/i, text: 'The disk is full: free at least 1 GB and try again.' },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|NewConnectionError|NameResolutionError|Temporary failure in name resolution|ConnectTimeout|Network is unreachable|Could not fetch URL/i,
    text: 'The package registry cannot be reached: check the network, and the proxy settings (HTTPS_PROXY) if this machine needs any.',
  },
  {
    pattern: /CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to get local issuer/i,
    text: 'The certificate of the package registry is not trusted: give the certificate of your network to npm (cafile) and pip (PIP_CERT).',
  },
  { pattern: /EACCES|EPERM|EROFS|Permission denied|Read-only file system/i, text: 'A folder cannot be written to: check who owns it.' },
]
