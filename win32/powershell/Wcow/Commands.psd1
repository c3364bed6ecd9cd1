# SPDX-License-Identifier: MIT
# Which command of wcow.exe each cmdlet drives, and which of its parameters are which options of it; how a value is
# written follows from its type (Private/ConvertTo-WcowArgument.ps1). tests/powershell/Commands.Tests.ps1 compares this
# with the commands and options that wcow.exe has.
@{
    Cmdlets = @{
        'Clear-Wcow' = @{
            Command = 'system prune'
            Also = 'container prune', 'image prune', 'network prune', 'volume prune'
        }
        'Compare-WcowContainer' = @{
            Command = 'diff'
        }
        'Connect-WcowNetwork' = @{
            Command = 'network connect'
            Options = @{
                IPAddress = 'ip'
                NetworkAlias = 'alias'
            }
        }
        'Connect-WcowRegistry' = @{
            Command = 'login'
        }
        'Copy-WcowItem' = @{
            Command = 'cp'
            Options = @{
                FollowLink = 'follow-link'
            }
        }
        'Disconnect-WcowNetwork' = @{
            Command = 'network disconnect'
            Options = @{
                Force = 'force'
            }
        }
        'Disconnect-WcowRegistry' = @{
            Command = 'logout'
        }
        'Enter-WcowContainer' = @{
            Command = 'exec'
            Options = @{
                User = 'user'
                WorkingDirectory = 'workdir'
            }
        }
        'Export-WcowContainer' = @{
            Command = 'export'
        }
        'Export-WcowImage' = @{
            Command = 'save'
            Options = @{
                Platform = 'platform'
            }
        }
        'Get-WcowContainer' = @{
            Command = 'ps'
            Also = 'container inspect', 'inspect'
        }
        'Get-WcowDiskUsage' = @{
            Command = 'system df'
        }
        'Get-WcowError' = @{
            Command = 'explain'
        }
        'Get-WcowEvent' = @{
            Command = 'events'
            Options = @{
                Since = 'since'
                Until = 'until'
            }
        }
        'Get-WcowEventLog' = @{
            Command = 'system events-log'
            Options = @{
                Since = 'since'
                Tail = 'tail'
            }
        }
        'Get-WcowHost' = @{
            Command = 'info'
        }
        'Get-WcowImage' = @{
            Command = 'images'
            Also = 'image inspect'
        }
        'Get-WcowImageHistory' = @{
            Command = 'history'
        }
        'Get-WcowLayer' = @{
            Command = 'layer ls'
        }
        'Get-WcowLog' = @{
            Command = 'logs'
            Options = @{
                Follow = 'follow'
                Since = 'since'
                Tail = 'tail'
                Until = 'until'
            }
        }
        'Get-WcowNetwork' = @{
            Command = 'network ls'
            Also = 'network inspect'
        }
        'Get-WcowProcess' = @{
            Command = 'top'
        }
        'Get-WcowService' = @{
            Command = 'service ls'
        }
        'Get-WcowVersion' = @{
            Command = 'version'
        }
        'Get-WcowVolume' = @{
            Command = 'volume ls'
            Also = 'volume inspect'
        }
        'Import-WcowImage' = @{
            Command = 'load'
            Options = @{
                Platform = 'platform'
            }
        }
        'Invoke-WcowCommand' = @{
            Command = 'exec'
            Options = @{
                Detach = 'detach'
                Environment = 'env'
                EnvironmentFile = 'env-file'
                User = 'user'
                WorkingDirectory = 'workdir'
            }
        }
        'Invoke-WcowContainer' = @{
            Command = 'run'
            Options = @{
                AddHost = 'add-host'
                CpuCount = 'cpu-count'
                CpuPercent = 'cpu-percent'
                CpuShares = 'cpu-shares'
                Cpus = 'cpus'
                Detach = 'detach'
                Device = 'device'
                Dns = 'dns'
                DnsSearch = 'dns-search'
                DomainName = 'domainname'
                EntryPoint = 'entrypoint'
                Environment = 'env'
                EnvironmentFile = 'env-file'
                Expose = 'expose'
                HealthCommand = 'health-cmd'
                HealthInterval = 'health-interval'
                HealthRetries = 'health-retries'
                HealthStartInterval = 'health-start-interval'
                HealthStartPeriod = 'health-start-period'
                HealthTimeout = 'health-timeout'
                HostName = 'hostname'
                IPAddress = 'ip'
                IoMaxBandwidth = 'io-maxbandwidth'
                IoMaxIops = 'io-maxiops'
                Isolation = 'isolation'
                Label = 'label'
                LabelFile = 'label-file'
                LogDriver = 'log-driver'
                LogOption = 'log-opt'
                MacAddress = 'mac-address'
                Memory = 'memory'
                Mount = 'mount'
                Name = 'name'
                Network = 'network'
                NetworkAlias = 'network-alias'
                NoHealthCheck = 'no-healthcheck'
                Platform = 'platform'
                Publish = 'publish'
                PublishAll = 'publish-all'
                Pull = 'pull'
                Remove = 'rm'
                Restart = 'restart'
                Schema = 'schema'
                SecurityOption = 'security-opt'
                StopSignal = 'stop-signal'
                StopTimeout = 'stop-timeout'
                StorageOption = 'storage-opt'
                User = 'user'
                Volume = 'volume'
                VolumeDriver = 'volume-driver'
                VolumesFrom = 'volumes-from'
                WorkingDirectory = 'workdir'
            }
        }
        'Measure-WcowContainer' = @{
            Command = 'stats'
        }
        'New-WcowContainer' = @{
            Command = 'create'
            Options = @{
                AddHost = 'add-host'
                CpuCount = 'cpu-count'
                CpuPercent = 'cpu-percent'
                CpuShares = 'cpu-shares'
                Cpus = 'cpus'
                Device = 'device'
                Dns = 'dns'
                DnsSearch = 'dns-search'
                DomainName = 'domainname'
                EntryPoint = 'entrypoint'
                Environment = 'env'
                EnvironmentFile = 'env-file'
                Expose = 'expose'
                HealthCommand = 'health-cmd'
                HealthInterval = 'health-interval'
                HealthRetries = 'health-retries'
                HealthStartInterval = 'health-start-interval'
                HealthStartPeriod = 'health-start-period'
                HealthTimeout = 'health-timeout'
                HostName = 'hostname'
                IPAddress = 'ip'
                IoMaxBandwidth = 'io-maxbandwidth'
                IoMaxIops = 'io-maxiops'
                Isolation = 'isolation'
                Label = 'label'
                LabelFile = 'label-file'
                LogDriver = 'log-driver'
                LogOption = 'log-opt'
                MacAddress = 'mac-address'
                Memory = 'memory'
                Mount = 'mount'
                Name = 'name'
                Network = 'network'
                NetworkAlias = 'network-alias'
                NoHealthCheck = 'no-healthcheck'
                Platform = 'platform'
                Publish = 'publish'
                PublishAll = 'publish-all'
                Pull = 'pull'
                Remove = 'rm'
                Restart = 'restart'
                Schema = 'schema'
                SecurityOption = 'security-opt'
                StopSignal = 'stop-signal'
                StopTimeout = 'stop-timeout'
                StorageOption = 'storage-opt'
                User = 'user'
                Volume = 'volume'
                VolumeDriver = 'volume-driver'
                VolumesFrom = 'volumes-from'
                WorkingDirectory = 'workdir'
            }
        }
        'New-WcowImage' = @{
            Command = 'commit'
            Also = 'import'
            Options = @{
                Author = 'author'
                Change = 'change'
                Message = 'message'
                Platform = 'platform'
            }
        }
        'New-WcowNetwork' = @{
            Command = 'network create'
            Options = @{
                Driver = 'driver'
                Gateway = 'gateway'
                Internal = 'internal'
                Label = 'label'
                Option = 'opt'
                Subnet = 'subnet'
            }
        }
        'New-WcowVolume' = @{
            Command = 'volume create'
            Options = @{
                Label = 'label'
            }
        }
        'Publish-WcowImage' = @{
            Command = 'push'
            Options = @{
                AllTags = 'all-tags'
            }
        }
        'Remove-WcowContainer' = @{
            Command = 'rm'
            Options = @{
                Force = 'force'
                Volume = 'volumes'
            }
        }
        'Remove-WcowImage' = @{
            Command = 'rmi'
            Options = @{
                Force = 'force'
            }
        }
        'Remove-WcowLayer' = @{
            Command = 'layer rm'
        }
        'Remove-WcowNetwork' = @{
            Command = 'network rm'
            Options = @{
                Force = 'force'
            }
        }
        'Remove-WcowVolume' = @{
            Command = 'volume rm'
            Options = @{
                Force = 'force'
            }
        }
        'Rename-WcowContainer' = @{
            Command = 'rename'
        }
        'Repair-WcowHost' = @{
            Command = 'doctor'
        }
        'Request-WcowImage' = @{
            Command = 'pull'
            Options = @{
                AllTags = 'all-tags'
                Platform = 'platform'
            }
        }
        'Restart-WcowContainer' = @{
            Command = 'restart'
            Options = @{
                Signal = 'signal'
                TimeoutSeconds = 'timeout'
            }
        }
        'Resume-WcowContainer' = @{
            Command = 'unpause'
        }
        'Set-WcowImageTag' = @{
            Command = 'tag'
        }
        'Start-WcowContainer' = @{
            Command = 'start'
        }
        'Stop-WcowContainer' = @{
            Command = 'stop'
            Also = 'kill'
            Options = @{
                Signal = 'signal'
                TimeoutSeconds = 'timeout'
            }
        }
        'Suspend-WcowContainer' = @{
            Command = 'pause'
        }
        'Test-WcowHost' = @{
            Command = 'doctor'
        }
        'Update-WcowContainer' = @{
            Command = 'update'
            Options = @{
                CpuCount = 'cpu-count'
                CpuPercent = 'cpu-percent'
                CpuShares = 'cpu-shares'
                Cpus = 'cpus'
                IoMaxBandwidth = 'io-maxbandwidth'
                IoMaxIops = 'io-maxiops'
                Memory = 'memory'
                Restart = 'restart'
            }
        }
        'Wait-WcowContainer' = @{
            Command = 'wait'
        }
        'Watch-WcowEvent' = @{
            Command = 'events'
            Options = @{
                Since = 'since'
                Until = 'until'
            }
        }
    }

    # Commands without a cmdlet, and why.
    Without = @{
        'attach' = 'it is for a person at a console: Enter-WcowContainer, Get-WcowLog -Follow'
        'port' = 'Ports of Get-WcowContainer are objects'
        'completion' = 'the module completes by itself'
        'help' = 'Get-Help'
        'layer inspect' = 'it looks into a layer for the makers of wcow'
        'layer zap' = 'it removes folders of another engine, by hand and with thought'
    }
}
