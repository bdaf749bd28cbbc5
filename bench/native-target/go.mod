module native-target

go 1.23
