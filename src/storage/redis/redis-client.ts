import type { Cluster, Redis } from 'ioredis';

/** A connection to Redis, or to a cluster of them. @publicApi */
export type RedisClient = Redis | Cluster;
