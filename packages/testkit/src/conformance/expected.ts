/**
 * What each scene expects of a binding, in words that say what to do: the name of a scene promises something to the user
 * of a client, and whoever writes the binding has to know how it is kept. By the beginning of the name.
 */
const expected: readonly (readonly [beginning: string, expectation: string])[] = [
  [
    'sends the current token',
    'each request carries `Authorization: Bearer TOKEN`, asked of the manager anew each time',
  ],
  [
    'leaves an Authorization of your own',
    'a request that has an Authorization header already is sent as it is',
  ],
  [
    'runs and replays nothing for an Auth',
    'for a request with an Authorization of its own neither the manager is asked nor a 401 reported',
  ],
  [
    'sends no Authorization where',
    'without a `token` in the credential no Authorization header is set, not even an empty one',
  ],
  [
    'speaks plain http to loopback',
    'http: to 127.0.0.1, ::1 and localhost is sent, with the token; `originScope` allows it',
  ],
  [
    'never mixes two managers',
    'nothing is kept outside of the binding that another one could find',
  ],
  [
    'sends no token after unbind',
    'after `unbind()` the client sends without a credential, and still trusts `tls.ca`',
  ],
  [
    'presents no certificate after unbind',
    'after `unbind()` no connection is used that was made with a certificate',
  ],
  [
    'closes its idle connections when it is unbound',
    '`unbind()` closes the connections that no request uses',
  ],
  [
    'sends the headers of the credential beside',
    '`otherHeadersOf(credential)` are set on each request, asked of the manager anew each time',
  ],
  [
    'sends the headers of a credential without',
    'a credential may have headers and no token; `authorizationOf(credential)` is undefined then',
  ],
  [
    'goes as nobody',
    'a credential may have nothing at all; the request is sent without anything of it',
  ],
  [
    'puts an authorization among',
    'Authorization is what `authorizationOf(credential)` says: one among the headers before the token',
  ],
  [
    'leaves a header of your own alone',
    'a header that the call has, in whatever letter case, stays as it is; `isSetIn(headers)` tells, each name for itself',
  ],
  [
    'sends the other headers beside',
    'a call with an Authorization of its own carries what else `manager.peek()` has, and nothing is loaded for it',
  ],
  [
    'waits for the other headers',
    'where a credential has had headers beside its token, a call with an Authorization of its own waits for `current()` as well',
  ],
  [
    'replays a refused request with the headers',
    'the second sending has the headers of the credential that the report resolved with',
  ],
  [
    'replays nothing where you have set',
    'where `carriesHeadersOf(credential, isSetIn(headers))` is false, a refusal says nothing about the credential',
  ],
  [
    'does not carry a header to another',
    'a request outside of `scope.includes(url)` is sent without any header of the credential',
  ],
  [
    'does not carry a header along',
    'clients drop Authorization from a redirect to another origin, and nothing else: take the headers off, or follow none',
  ],
  [
    'carries the headers along',
    'a redirect from one origin of the scope to another keeps the headers, where the client follows redirects',
  ],
  [
    'sends no header of the credential after',
    'after `unbind()` the client sends without any header of the credential',
  ],
  [
    'keeps the headers out of',
    'every value among the headers is a secret: nothing that a caller gets or holds shows it when it is printed',
  ],
  [
    'replays a refused request',
    'a 401 is reported with `manager.invalidate(credential)`, and the request is sent once more with what that resolves with; `withCredential` does both',
  ],
  [
    'delivers the answer to the replay',
    'what the caller gets is the whole answer to the second sending, and nothing of the first',
  ],
  ['gives up after one replay', 'the second 401 for one request is handed to the caller'],
  [
    'gives up at once',
    'where `invalidate()` resolves with undefined, the 401 is handed to the caller and nothing is sent again',
  ],
  [
    'passes a refusal on with "replay: false"',
    'with `replay: false` the 401 is reported and handed on, and not sent again',
  ],
  [
    'replays what is answered with one of',
    '`isRefusedStatus(status, refusedStatuses)` with the checked option is the only judge of what a refusal is',
  ],
  [
    'passes one of "refusedStatuses"',
    'the option "refusedStatuses" says what is reported, whether or not it is sent again',
  ],
  [
    'starts nothing for the late refusal',
    'what is reported is the credential that the request was sent with, not the one held now',
  ],
  [
    'hands the refused answer',
    '`describe` tells status and headers of the refused answer, names in lower case and values in lists',
  ],
  [
    'sends a request again that the server has not processed, with the newest headers',
    'what is sent again begins with the headers of the call, and carries those of what `peek()` returns then',
  ],
  [
    'sends a request again that the server has not processed',
    'a stream that was refused, or a GET whose kept connection closes before an answer, is sent once more with what `peek()` returns then; `mayResend` of `withCredential`',
  ],
  [
    'sends no request again that the server may',
    'where a connection breaks under a POST or a PUT, the caller gets the error; `isRepeatable` tells what may be repeated',
  ],
  ['replays the body intact', 'the second sending has the body of the first, byte for byte'],
  [
    'passes the refusal of a stream on',
    'a body that can be read once is never sent again: `canReplay` says no, and the 401 is handed on',
  ],
  ['shares one load between 100 first', 'everybody asks the same manager, which then loads once'],
  [
    'shares one load between 100 requests',
    'a binding keeps no credential of its own: it asks the manager for each request',
  ],
  [
    'shares one load between 50',
    'each 401 is reported with the credential it was sent with; the manager makes one load of them',
  ],
  [
    'lets no request wait while',
    'a credential that `peek()` returns is used at once, without waiting for the load behind it',
  ],
  [
    'lets a source failure through',
    'what `current()` rejects with reaches the caller, with its `code` on it or on its `cause`',
  ],
  [
    'succeeds with the next request',
    'a failure is not kept: the next request asks the manager again',
  ],
  [
    'says that the manager is closed',
    'behind `manager.close()` a request fails with ERR_MANAGER_CLOSED before it is sent',
  ],
  [
    "honours one caller's abort",
    "the signal of a request ends its own wait for the credential, with the caller's reason, and nobody else's",
  ],
  [
    "honours the caller's abort while the next",
    'the signal also ends the wait between a refusal and the replay',
  ],
  [
    "respects the client's timeout",
    'a timeout of the client counts the wait for the credential as well',
  ],
  [
    'finishes a request in flight when the manager',
    'a request that has been sent is answered, although the manager closes',
  ],
  [
    'closes its idle connections when the manager',
    'the event `closed` of the manager closes the connections that no request uses',
  ],
  [
    'fails a source that asks',
    'the manager is asked for each request, also for one that its own source makes; then it fails with ERR_SOURCE_RECURSION instead of waiting for itself',
  ],
  [
    'says which option is missing',
    'binding without any origin throws ERR_ORIGIN_UNKNOWN; `originScope` does',
  ],
  [
    'refuses to send to plain http',
    'binding to a http: origin beyond loopback throws ERR_ORIGIN_INSECURE; `originScope` does',
  ],
  [
    'refuses an unknown option',
    'binding with an option that nobody reads throws a TypeError that names it; `checkBindOptions` does',
  ],
  [
    'does not carry a token to another',
    'a request outside of `scope.includes(url)` is sent without the token',
  ],
  [
    'does not carry a token to plain http',
    'http: is another origin than https:, so the token stays behind',
  ],
  [
    'does not carry a certificate to',
    'a request outside of the scope uses connections that have no certificate',
  ],
  [
    'does not carry a token along',
    'a redirect is a new request: ask the scope again before the token goes along, or follow none',
  ],
  [
    'does not carry a certificate along',
    'a redirect out of the scope uses connections that have no certificate',
  ],
  [
    'takes a refusal by another origin',
    'a 401 of an origin that was sent no credential is handed on, and not reported',
  ],
  [
    'carries nothing along',
    'a chain of redirects that began outside of the scope, or has left it, stays without a credential; `RedirectTrail` remembers',
  ],
  [
    'carries the token along',
    'a redirect from one origin of the scope to another keeps the token, where the client follows redirects',
  ],
  [
    'presents the new certificate',
    'behind a rotation no connection and no TLS session of the old certificate is used; `CredentialAgent` and `GenerationSlot` do that',
  ],
  ['closes idle connections of the old', 'at a rotation of the certificate idle connections close'],
  [
    'finishes requests in flight on the old',
    'at a rotation requests that were sent are answered on their connections',
  ],
  [
    'drains a busy connection',
    'a connection of the old certificate closes behind its last request',
  ],
  [
    'serves a request that is queued',
    'what waits for a connection that is drained gets one of the new certificate',
  ],
  [
    'opens no connection when only',
    'a new token alone leaves every connection open: look at `certificateGeneration`',
  ],
  ['respects maxSockets', "the client's own limit of connections holds"],
  [
    'takes the TLS alert',
    'an error for which `isCertificateRefusal` is true is reported as a refusal, and the request sent once more',
  ],
  ['passes the second such alert', 'the second alert for one request reaches the caller as it is'],
  [
    'trusts a renewed authority',
    'where `tls.ca` is a trust source, `connectionTrust(tls)` is asked for each connection',
  ],
  [
    'closes idle connections of an authority',
    'connections that were verified by another trust than the present one close, and no request goes over them; `CredentialAgent` and `GenerationSlot` do that',
  ],
  [
    'finishes requests in flight, then drains',
    'what was sent over a connection of an older trust is answered there, and the connection closes behind it',
  ],
  [
    'believes no authority that is gone',
    'no TLS session of an older trust is resumed: whoever resumes one verifies nothing',
  ],
  [
    'looks at its authorities again',
    'a connection that fails with an error for which `isUnverified` is true is made once more where `trust.renew(used)` resolves with true',
  ],
  [
    'does so for a body that can be read once',
    'the connection is made once more, and not the request: nothing of the body has been sent',
  ],
  [
    'passes on what it cannot verify',
    'where nothing else is trusted by then, the failure reaches the caller as it is',
  ],
  [
    'keeps its connections while its authorities',
    'what `trust.ask()` returns is the same object for as long as it is the same trust',
  ],
  [
    'goes through the proxy it is given',
    'every connection of the binding runs in a tunnel through `proxy`, as `ProxyTunnels` of @keyturn/https opens one; or binding with it throws a TypeError that says what to do',
  ],
  [
    'sends what goes in clear text to loopback past',
    'what may go in clear text only because it goes to loopback visits no proxy, not even that of the option',
  ],
  [
    'takes the refusal of a proxy',
    'what a proxy says is an error with the code ERR_PROXY, which is not reported as a refusal and quotes no password',
  ],
  [
    'keeps token and key out of',
    'nothing that a caller gets or holds shows the token or the key when it is printed',
  ],
  ["leaves the caller's headers", 'the header object of the call is copied and not written to'],
  ["leaves the caller's options", 'the options given to `bind` are not written to'],
  [
    "runs the caller's own hooks",
    'hooks and interceptors of the caller see the answer that is handed on, once, and not the refused one',
  ],
  [
    'gives a retry',
    'a retry that is not ours asks the manager again, so that it carries the token of then',
  ],
  [
    'sends the headers of the call',
    'headers are read once, when the request is made; what the caller changes later counts for nothing',
  ],
  [
    'sends the body of the call',
    'a small body is copied when the request is made; `snapshotBody` does',
  ],
  [
    'takes nothing that stands on Object',
    'options are read as own properties: `snapshot` and `memberOf` do',
  ],
  [
    'gives nobody the answer of another',
    'a cache files what the server does not call public under whom it was for; `cacheIdentity` names them',
  ],
  [
    'gives the next generation no answer',
    'that name is another one for each generation of the credential, as that of `cacheIdentity` is',
  ],
  [
    'gives a cached answer without',
    'what the cache has for the newest generation is given without asking the manager',
  ],
];

/** Returns what the scene called `name` expects of a binding. */
export function expectationOf(name: string): string | undefined {
  return expected.find(([beginning]) => name.startsWith(beginning))?.[1];
}
