// Command ferretdb is the server that the tests of the MongoDB store fall back to: FerretDB over SQLite, on the loopback interface only.
// It uses FerretDB's embeddable package, which never runs telemetry.
//
// Once it listens, it prints its URI, one line, to standard output. It ends at SIGINT and SIGTERM, and with -with-stdin as soon as standard
// input is closed, so that it never outlives the process that started it, however that one died.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	_ "modernc.org/sqlite"
)

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1; 0 takes a free one")
	data := flag.String("data", "", "folder of the SQLite files; must exist")
	withStdin := flag.Bool("with-stdin", false, "end when standard input is closed")
	flag.Parse()
	// a tenth of its time went into collecting a heap of 30 MB again and again
	debug.SetGCPercent(800)

	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: fmt.Sprintf("127.0.0.1:%d", *port)},
		Handler:  "sqlite",
		// what a killed server has committed is in its files all the same; only the machine may not fail, which no test lets it do
		SQLiteURL: "file:" + *data + "/?_pragma=synchronous(off)",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *withStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	go func() {
		known := map[string]*database{}
		for ctx.Err() == nil {
			indexIds(*data, known)
			time.Sleep(100 * time.Millisecond)
		}
	}()
	go func() { fmt.Println(server.MongoDBURI()) }()
	if err := server.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A database that is looked at for tables that have no index yet.
type database struct {
	indexed map[string]bool
	// when it is looked at next, and how long after that if there is nothing new
	next  time.Time
	pause time.Duration
}

// indexIds gives every table the index on _id that FerretDB means to use. The one that it creates is on another spelling of the same expression
// than its queries have, so SQLite never uses it, and every look-up reads the whole table. What fails is tried again the next time. A database
// that had nothing new is left alone for twice as long, up to two seconds: tests have dozens of them, most of them for a moment only.
func indexIds(data string, known map[string]*database) {
	files, _ := filepath.Glob(filepath.Join(data, "*.sqlite"))
	present := map[string]bool{}
	for _, file := range files {
		present[file] = true
		if known[file] == nil {
			known[file] = &database{indexed: map[string]bool{}}
		}
		one := known[file]
		if time.Now().Before(one.next) {
			continue
		}
		one.pause = min(max(2*one.pause, 200*time.Millisecond), 2*time.Second)
		if indexTables(file, one.indexed) {
			one.pause = 200 * time.Millisecond
		}
		one.next = time.Now().Add(one.pause)
	}
	for file := range known {
		if !present[file] {
			delete(known, file)
		}
	}
}

// indexTables gives the tables of a database that are not known yet their index, and says whether there were any.
func indexTables(file string, indexed map[string]bool) bool {
	// mode=rw: a database that is being dropped must not come back
	db, err := sql.Open("sqlite", "file:"+file+"?mode=rw&_pragma=busy_timeout(1000)")
	if err != nil {
		return false
	}
	defer db.Close()
	found := false
	for _, table := range tablesOf(db) {
		if !indexed[table] {
			_, err := db.Exec(fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %q ON %q (_ferretdb_sjson->'$._id')`, "find_"+table, table))
			indexed[table] = err == nil
			found = true
		}
	}
	return found
}

func tablesOf(db *sql.DB) []string {
	rows, err := db.Query("SELECT table_name FROM _ferretdb_collections")
	if err != nil {
		return nil
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var table string
		if rows.Scan(&table) == nil {
			tables = append(tables, table)
		}
	}
	return tables
}
