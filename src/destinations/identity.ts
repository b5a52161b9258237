/** What resources are known by: the request that is made, and where one request brings several lists, which of them it is. Pure. */

const LIST = /#[^\s#]* > /;

/** The identity of one of the lists that a request brings; the one at no known place has that of the request. */
export function listIdentity(request: string, selector: string | undefined): string {
  if (selector === undefined) return request;
  const [asked = '', ...dataset] = request.split(' > ');
  return [`${asked}#${encodeURIComponent(selector)}`, ...dataset].join(' > ');
}

/** The identity of the request of a resource, whichever of its lists is meant. */
export function requestIdentity(identity: string): string {
  return identity.replace(LIST, ' > ');
}
