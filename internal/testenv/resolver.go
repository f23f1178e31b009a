package testenv

import (
	"context"
	"encoding/binary"
	"io"
	"net"
)

// NoNames is a resolver that answers at once that there is no such host, for every name but those of the machine's hosts file: no
// test depends on the name server of its machine, which may be slow, be away, or answer for names that do not exist.
var NoNames = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		for answerNoName(server) == nil {
		}
	}()
	return client, nil
}}

// answerNoName answers one query of RFC 1035, section 4.2.2, with a name error.
func answerNoName(conn net.Conn) error {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, message); err != nil {
		return err
	}
	const isResponse, recursionAvailable, nameError = 0x80, 0x80, 3
	message[2] |= isResponse
	message[3] = recursionAvailable | nameError
	_, err := conn.Write(append(length[:], message...))
	return err
}
