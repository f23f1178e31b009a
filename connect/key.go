package connect

import "fmt"

// CheckKey tells what is wrong with an app's key.
func CheckKey(key string) error {
	if len(key) > maxKey || !keyForm.MatchString(key) {
		return fmt.Errorf("%q is not an app's key: at most %d letters, digits, dots, dashes and underscores", key, maxKey)
	}
	return nil
}
