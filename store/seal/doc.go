// Package seal encrypts what the store keeps. Each tenant has two keysets from its first day: an AEAD (AES-256-GCM),
// which rotates, and a PRF (HMAC-SHA-256), which never does, because hashes made with it are names. Both are kept
// wrapped by a key-encryption key that lives outside the data, behind the Wrapper interface: a file here, a KMS later.
//
// It promises that a sealed text opens only with the associated data it was sealed with, that equal values in different
// fields or tenants have unrelated hashes, and that no key can be printed. It never stores anything itself.
package seal
