module quidditch

go 1.24
