/** Whether a host of a URL is this machine itself, by its name alone: nothing is looked up. */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname)

/** HTTPS, or plain HTTP that does not leave this machine. */
export const isSafeWay = ({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): boolean =>
  protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname))
