// Questions between processes of a system, over HTTP/1.1:
//
//   POST /dure/v1/<question>          Authorization: Bearer <secret>     Dure-Timeout: <milliseconds>
//   <the question's body>
//
// Answered with 200 and the text of the answer, whatever it tells; with 401 to a wrong secret, 503 to a process that
// stops, 404 and 413 to what is no question. Those were not carried out.

export const peerPath = '/dure/v1/'
export const timeoutHeader = 'dure-timeout'

/** Bytes of a question, and of an answer. */
export const peerBytesMax = 64 * 1024 * 1024
/** The longest that an answer may take, in milliseconds. */
export const peerTimeoutMsMax = 3_600_000
/** The shortest secret that is taken, in characters. */
export const secretCharactersMin = 16
