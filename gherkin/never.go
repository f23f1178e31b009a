package gherkin

import "strings"

// NeverLinks are words that look like an issue key with certain numbers and name a standard, a size or the like. A
// word without numbers is never a link with any number. The default forms leave them out; a pattern of a repository
// decides for itself.
var NeverLinks = map[string]string{
	// character sets and encodings
	"UTF": "", "UCS": "2 4", "ASCII": "", "BASE": "16 32 36 45 58 62 64 85",
	"WINDOWS": "1250 1251 1252 1253 1254 1255 1256 1257 1258 7 8 10 11",
	"CP":      "437 850 852 866 932 936 949 950 1250 1251 1252", "LATIN": "1 2 9", "KOI8": "",
	// hashes and ciphers
	"SHA": "", "SHA2": "", "SHA3": "", "MD": "2 4 5 6", "HMAC": "", "AES": "", "RSA": "", "DES": "", "CRC": "8 16 32 64", "ED": "448 25519",
	"HS": "256 384 512", "RS": "256 384 512", "ES": "256 384 512 3 5 6 2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025", "PBKDF": "1 2",
	// standards and their bodies
	"ISO": "", "IEC": "", "IEEE": "", "RFC": "", "ECMA": "", "ANSI": "", "NIST": "", "FIPS": "", "PCI": "", "DIN": "", "WCAG": "",
	"PSD": "2 3",
	"CVE": "", "CWE": "", "OWASP": "",
	// protocols and formats
	"HTTP": "", "HTTPS": "", "TLS": "", "SSL": "", "IPV": "4 6", "OAUTH": "1 2", "UUID": "", "EAN": "", "UPC": "", "ISBN": "10 13", "ISSN": "",
	"GS1": "", "PDF": "417", "CODE": "39 93 128", "MP": "3 4", "UINT": "8 16 32 64", "INT": "8 16 32 64", "X86": "", "ARM": "32 64",
	"COVID": "19", "IE": "6 7 8 9 10 11",
}

// neverLink says whether a key, in capitals, is in NeverLinks.
func neverLink(key string) bool {
	dash := strings.LastIndexByte(key, '-')
	numbers, listed := NeverLinks[key[:dash]]
	if !listed || numbers == "" {
		return listed
	}
	for number := range strings.FieldsSeq(numbers) {
		if number == key[dash+1:] {
			return true
		}
	}
	return false
}
