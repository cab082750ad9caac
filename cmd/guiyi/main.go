// Command guiyi runs a city's government websites: see internal/app.
package main

func main() {}
